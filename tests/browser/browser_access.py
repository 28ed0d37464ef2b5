"""What is measured of a page in the browser: contrast, and names of controls. Each gives what is at fault."""

CONTRAST = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (color) => {
    const [r, g, b] = rgb(color).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const opaque = (node) => {
    for (; node; node = node.parentElement) {
      const { backgroundColor } = getComputedStyle(node);
      if (!/^rgba\\(.*, 0\\)$/.test(backgroundColor)) return backgroundColor;
    }
    return "white";
  };
  const weak = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!own || !node.checkVisibility() || node.closest(".hidden, .skip, option")) continue;
    const [a, b] = [luminance(getComputedStyle(node).color), luminance(opaque(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.push(`${node.tagName}.${node.className} ${ratio.toFixed(2)} ${node.textContent.slice(0, 30)}`);
  }
  return weak;
}
"""

NAMELESS = """
() => [...document.querySelectorAll("button, a, input, select, textarea, summary, [role=switch]")].filter((node) => {
  if (!node.checkVisibility()) return false;
  const labels = node.labels ? [...node.labels].map((label) => label.textContent).join("") : "";
  return !(node.getAttribute("aria-label") || labels || node.textContent || "").trim();
}).map((node) => node.outerHTML)
"""
