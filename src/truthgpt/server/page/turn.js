// One question and what came back for it, as plain data: events in, state out. Nothing here touches the page.

/** The least of a sentence's `answers` with which it answers more likely than not. */
const OUTRIGHT = 0.5;

/** A question that was just asked under the law of `law` (a jurisdiction's code, or "" for the server's default). */
export function newTurn(question, law) {
  return {
    question,
    law,
    phase: "asking", // asking, reading, checking, done, stopped, failed
    language: "",
    decision: null,
    evidence: [],
    sentences: [],
    struck: [],
    perspectives: [],
    model: "",
    version: null,
    seconds: null,
    error: "",
  };
}

/** Takes one event of the answer's stream into `turn`. A drafted sentence changes the phase only: it is not shown. */
export function take(turn, event) {
  switch (event.event) {
    case "decision":
      turn.language = event.language ?? "";
      turn.decision = event.decision;
      break;
    case "evidence":
      turn.evidence = event.evidence ?? [];
      turn.phase = "reading";
      break;
    case "sentence":
      turn.phase = "checking";
      break;
    case "verdict":
      (event.shown ? turn.sentences : turn.struck).push(event.sentence);
      turn.phase = "reading";
      break;
    case "answer": {
      const { answer } = event;
      turn.language = answer.language;
      turn.decision = answer.decision;
      turn.sentences = answer.sentences;
      turn.struck = answer.struck;
      turn.perspectives = answer.perspectives;
      turn.evidence = answer.evidence.map((post) => ({ ...post, notes: (answer.notes ?? []).filter((note) => note.post_id === post.id) }));
      turn.model = answer.model;
      turn.version = answer.corpus_version;
      turn.seconds = answer.seconds;
      turn.phase = "done";
      break;
    }
    default: // an event of a later version of the service
  }
}

export const isRunning = (turn) => ["asking", "reading", "checking"].includes(turn.phase);

/** True when the posts do not answer: the law allowed it, and what is said stands on no post. */
export const isSilent = (turn) =>
  (turn.phase === "done" || turn.sentences.length > 0) &&
  turn.decision?.answer !== false &&
  !turn.sentences.some((sentence) => sentence.citations.length);

/** True when what is quoted only comes nearest: no sentence answers more likely than not, as far as that is known. */
export const comesNearest = ({ sentences }) => {
  const cited = sentences.filter((sentence) => sentence.citations.length);
  return cited.length > 0 && cited.every(({ answers }) => (answers ?? OUTRIGHT) < OUTRIGHT);
};

/** Post id to its number, in the order in which the posts are first cited. */
export function numbersOf(turn) {
  const numbers = new Map();
  const known = new Set(turn.evidence.map((post) => post.id));
  for (const { citations } of [...turn.sentences, ...turn.perspectives]) {
    for (const id of citations) if (known.has(id) && !numbers.has(id)) numbers.set(id, numbers.size + 1);
  }
  return numbers;
}

/**
 * The points of a perspective, each with the citations whose post holds its words, and `rest`: those of the
 * perspective that could be tied to no point. The service gives points and citations as two lists.
 */
export function pointsOf(perspective, evidence) {
  const texts = new Map(evidence.map((post) => [post.id, plain(post.text)]));
  const tied = new Set();
  const points = perspective.sentences.map((text) => {
    const words = plain(text);
    const citations = perspective.citations.filter((id) => words && texts.get(id)?.includes(words));
    citations.forEach((id) => tied.add(id));
    return { text, citations };
  });
  return { points, rest: perspective.citations.filter((id) => !tied.has(id)) };
}

const plain = (text) => text.replace(/[^\p{L}\p{N}]+/gu, " ").trim().toLowerCase();
