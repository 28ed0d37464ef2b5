// Shows /openapi.json: each operation with its parameters, its body and its responses. Text is set as text only.

/** An element with attributes and children (nodes or strings). */
function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A schema in one readable line or a few: `{question: string (1–10000), stream: boolean = true}`. */
function readable(schema, components, depth = 0) {
  if (!schema) return "";
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    return depth > 5 ? name : readable(components[name], components, depth);
  }
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return alternatives.map((each) => readable(each, components, depth)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") return `[${readable(schema.items, components, depth)} …]`;
  if (schema.properties) {
    const indent = "  ".repeat(depth + 1);
    const required = new Set(schema.required ?? []);
    const lines = Object.entries(schema.properties).map(([name, value]) => {
      const optional = required.has(name) ? "" : "?";
      const byDefault = value.default === undefined || value.default === null ? "" : ` = ${JSON.stringify(value.default)}`;
      return `${indent}${name}${optional}: ${readable(value, components, depth + 1)}${byDefault}`;
    });
    return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
  }
  return `${schema.type ?? "any"}${bounds(schema)}`;
}

function bounds(schema) {
  const low = schema.minLength ?? schema.minimum ?? schema.exclusiveMinimum;
  const high = schema.maxLength ?? schema.maximum ?? schema.exclusiveMaximum;
  if (low === undefined && high === undefined) return "";
  if (low === undefined) return ` (≤ ${high})`;
  return high === undefined ? ` (≥ ${low})` : ` (${low}–${high})`;
}

function table(heads, rows) {
  const head = el("tr", {}, ...heads.map((text) => el("th", { scope: "col" }, text)));
  const body = rows.map((cells) => el("tr", {}, ...cells.map((cell) => el("td", {}, cell))));
  return el("div", { class: "table" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)));
}

function content(described, components) {
  return Object.entries(described ?? {}).flatMap(([type, { schema }]) => [
    el("h3", {}, type),
    el("pre", {}, readable(schema, components)),
  ]);
}

function operation(id, method, path, described, components) {
  const section = el("section", { id }, el("h2", {}, `${method.toUpperCase()} ${path}`));
  section.append(el("p", {}, described.description ?? described.summary ?? ""));
  if (described.parameters?.length) {
    section.append(
      el("h3", {}, "Parameters"),
      table(
        ["name", "in", "what"],
        described.parameters.map((each) => [
          el("code", {}, each.required ? each.name : `${each.name}?`),
          each.in,
          [readable(each.schema, components), each.description ?? ""].filter(Boolean).join(": "),
        ]),
      ),
    );
  }
  if (described.requestBody) section.append(el("h3", {}, "Body"), ...content(described.requestBody.content, components));
  const responses = Object.entries(described.responses);
  section.append(
    el("h3", {}, "Responses"),
    table(["status", "when"], responses.map(([status, { description }]) => [el("code", {}, status), description])),
  );
  for (const [status, response] of responses) {
    if (status.startsWith("2")) section.append(...content(response.content, components));
  }
  return section;
}

async function show() {
  const operations = document.getElementById("operations");
  try {
    const response = await fetch("/openapi.json");
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const api = await response.json();
    const components = api.components?.schemas ?? {};
    document.getElementById("title").textContent = `${api.info.title} ${api.info.version}: the API`;
    document.getElementById("about").textContent = api.info.description ?? "";
    const contents = document.getElementById("contents");
    const sections = [];
    for (const [path, methods] of Object.entries(api.paths)) {
      for (const [method, described] of Object.entries(methods)) {
        const id = described.operationId;
        contents.append(el("li", {}, el("a", { href: `#${id}` }, `${method.toUpperCase()} ${path}`)));
        sections.push(operation(id, method, path, described, components));
      }
    }
    operations.replaceChildren(...sections);
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  } catch (error) {
    operations.textContent = `The description could not be read: ${error.message}`;
  }
}

await show();
