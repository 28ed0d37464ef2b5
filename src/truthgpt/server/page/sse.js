// Server-sent events out of bytes (WHATWG HTML, section 9.2.6), correct wherever the network cuts them.

const LONGEST = 16 * 1024 * 1024;

/** Bytes in, whole events `{event, data}` out. Throws RangeError on an event longer than 16 Mi characters. */
export class EventStreamParser {
  #decoder = new TextDecoder();
  #line = "";
  #afterReturn = false;
  #event = "";
  #data = [];
  #size = 0;

  /** The events that `bytes` completes; a character cut between two calls is put together again. */
  feed(bytes) {
    let text = this.#decoder.decode(bytes, { stream: true });
    const events = [];
    if (!text) return events;
    // "\r\n" may be cut in two: its "\r" has ended the line already, so its "\n" must not end another.
    if (this.#afterReturn && text.startsWith("\n")) text = text.slice(1);
    this.#afterReturn = text ? text.endsWith("\r") : false;
    const lines = text.split(/\r\n|\r|\n/);
    const rest = lines.pop();
    for (const line of lines) {
      const event = this.#take(this.#line + line);
      this.#line = "";
      if (event) events.push(event);
    }
    this.#line += rest;
    if (this.#line.length + this.#size > LONGEST) throw new RangeError("an event is too long");
    return events;
  }

  #take(line) {
    if (line === "") {
      const event = this.#data.length ? { event: this.#event || "message", data: this.#data.join("\n") } : null;
      this.#event = "";
      this.#data = [];
      this.#size = 0;
      return event;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return null; // a comment: the server's heartbeat
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#event = value;
    if (field === "data") {
      this.#data.push(value);
      this.#size += value.length;
      if (this.#size > LONGEST) throw new RangeError("an event is too long");
    }
    return null;
  }
}

/** The events of a response's body as they come; leaving the loop closes the connection. */
export async function* readEvents(body) {
  const reader = body.getReader();
  const parser = new EventStreamParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.feed(value);
    }
  } finally {
    await reader.cancel().catch(() => {}); // it may have failed already, and then there is nothing to close
  }
}
