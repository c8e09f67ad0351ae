// Names for containers that were given none: an adjective and the surname of someone who deserves remembering.
import { randomInt } from "node:crypto";

const adjectives = [
  "able", "amber", "ample", "ardent", "balmy", "blithe", "bold", "brave", "bright", "brisk", "calm", "candid",
  "careful", "cheerful", "clear", "clever", "cosy", "crisp", "curious", "daring", "deft", "eager", "earnest", "easy",
  "elated", "epic", "fair", "fearless", "fluent", "fond", "frank", "free", "fresh", "friendly", "gallant", "gentle",
  "gifted", "glad", "golden", "grand", "happy", "hardy", "hearty", "honest", "hopeful", "humble", "jolly", "jovial",
  "keen", "kind", "lively", "loyal", "lucid", "lucky", "mellow", "merry", "mighty", "modest", "neat", "nimble",
  "noble", "open", "patient", "placid", "plucky", "polite", "proud", "quick", "quiet", "ready", "robust", "serene",
  "sharp", "silent", "sincere", "smart", "snappy", "steady", "still", "sunny", "swift", "tender", "tidy", "trusty",
  "upbeat", "vivid", "warm", "wise", "witty", "zealous", "zen",
];

const surnames = [
  "abel", "babbage", "backus", "banach", "bardeen", "bartik", "bernoulli", "blackwell", "bohr", "boole", "borg",
  "carson", "cerf", "chandrasekhar", "church", "codd", "cori", "cray", "curie", "darwin", "dijkstra", "dirac",
  "easley", "einstein", "engelbart", "erdos", "euclid", "euler", "faraday", "fermat", "fermi", "feynman", "floyd",
  "franklin", "galileo", "galois", "gauss", "germain", "goldberg", "goodall", "hamilton", "hamming", "haslett",
  "hawking", "hertz", "hilbert", "hoare", "hodgkin", "holberton", "hopper", "huygens", "hypatia", "johnson",
  "joliot", "kalman", "kay", "keldysh", "kepler", "khorana", "kilby", "knuth", "kovalevskaya", "lamarr", "lamport",
  "leavitt", "liskov", "lovelace", "maxwell", "mccarthy", "mcclintock", "meitner", "mendeleev", "milner",
  "mirzakhani", "moore", "naur", "newton", "nightingale", "noether", "noyce", "pascal", "pasteur", "payne",
  "perlman", "pike", "poincare", "ptolemy", "ramanujan", "ride", "ritchie", "rubin", "sammet", "shannon", "shaw",
  "spence", "stallman", "swartz", "tesla", "tharp", "thompson", "torvalds", "turing", "villani", "wilkes", "wing",
  "wirth", "wozniak", "wu", "yalow", "yonath",
];

const ATTEMPTS = 6;

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? "";
}

/** A free name: "brave_hopper", with a digit from the second attempt on, in the end the container's short ID. */
export function generateName(isTaken: (name: string) => boolean, shortId: string): string {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const name = `${pick(adjectives)}_${pick(surnames)}${attempt === 0 ? "" : randomInt(10)}`;
    if (!isTaken(name)) return name;
  }
  return shortId;
}
