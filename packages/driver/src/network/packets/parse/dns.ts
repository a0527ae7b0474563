import type { DnsAnswer, DnsMessage, DnsQuestion } from "../frame.ts";
import { ipText } from "./addresses.ts";
import type { Bytes } from "./bytes.ts";

const headerLength = 12;
/** Of a name, as RFC 1035 has it. */
const longestName = 255;
const mostRecords = 64;

const typeNames = new Map<number, string>([
  ...([
    [1, "A"],
    [2, "NS"],
    [5, "CNAME"],
    [6, "SOA"],
    [12, "PTR"],
    [15, "MX"],
    [16, "TXT"],
  ] as const),
  ...([
    [28, "AAAA"],
    [33, "SRV"],
    [41, "OPT"],
    [43, "DS"],
    [46, "RRSIG"],
    [48, "DNSKEY"],
  ] as const),
  ...([
    [64, "SVCB"],
    [65, "HTTPS"],
    [252, "AXFR"],
    [255, "ANY"],
  ] as const),
]);
/** Types whose data is one name. */
const nameTypes = [2, 5, 12];

/** As many questions and answers of a message as were recorded. Undefined unless its header is there. */
export function parseDns(message: Bytes): DnsMessage | undefined {
  const [id, flags] = [message.u16(0), message.u16(2)];
  const [questionCount, answerCount] = [message.u16(4), message.u16(6)];
  if (id === undefined || flags === undefined || message.length < headerLength) return undefined;
  const questions: DnsQuestion[] = [];
  const answers: DnsAnswer[] = [];
  let at: number | undefined = headerLength;
  while (at !== undefined && questions.length < Math.min(questionCount ?? 0, mostRecords)) {
    const question = readQuestion(message, at);
    if (question) questions.push(question.value);
    at = question?.end;
  }
  // Answers follow the last question, so that too many of these hide those.
  if (questions.length < (questionCount ?? 0)) at = undefined;
  while (at !== undefined && answers.length < Math.min(answerCount ?? 0, mostRecords)) {
    const answer = readAnswer(message, at);
    if (answer) answers.push(answer.value);
    at = answer?.end;
  }
  return { id, response: (flags & 0x8000) !== 0, code: flags & 0x0f, questions, answers };
}

interface Read<T> {
  readonly value: T;
  /** Where the next thing begins. */
  readonly end: number;
}

function readQuestion(message: Bytes, at: number): Read<DnsQuestion> | undefined {
  const name = readName(message, at);
  const type = name && message.u16(name.end);
  if (!name || type === undefined || message.take(name.end, 4) === undefined) return undefined;
  return { value: { name: name.value, type: typeName(type) }, end: name.end + 4 };
}

function readAnswer(message: Bytes, at: number): Read<DnsAnswer> | undefined {
  const name = readName(message, at);
  if (!name) return undefined;
  const [type, ttl, length] = [message.u16(name.end), message.u32(name.end + 4), message.u16(name.end + 8)];
  if (type === undefined || ttl === undefined || length === undefined) return undefined;
  const dataAt = name.end + 10;
  const bytes = message.take(dataAt, length);
  if (!bytes) return undefined;
  const data = dataText(message, dataAt, type, bytes);
  const value = { name: name.value, type: typeName(type), ttl, ...(data !== undefined && { data }) };
  return { value, end: dataAt + length };
}

function dataText(message: Bytes, at: number, type: number, bytes: Uint8Array): string | undefined {
  if ((type === 1 && bytes.length === 4) || (type === 28 && bytes.length === 16)) return ipText(bytes);
  return nameTypes.includes(type) ? readName(message, at)?.value : undefined;
}

/** A name may go on at an earlier place. Those places only ever come earlier, so that it ends. */
function readName(message: Bytes, start: number): Read<string> | undefined {
  const labels: string[] = [];
  let [at, length, end] = [start, 0, undefined as number | undefined];
  let earliest = start;
  for (;;) {
    const size = message.u8(at);
    if (size === undefined) return undefined;
    if (size === 0) return { value: labels.join(".") || ".", end: end ?? at + 1 };
    if (size >= 0xc0) {
      const pointer = message.u16(at);
      if (pointer === undefined || (pointer & 0x3fff) >= earliest) return undefined;
      end ??= at + 2;
      at = earliest = pointer & 0x3fff;
      continue;
    }
    const label = size < 0x40 ? message.take(at + 1, size) : undefined;
    length += size + 1;
    if (!label || length >= longestName) return undefined;
    labels.push(labelText(label));
    at += size + 1;
  }
}

/** What would be taken for something else is written as in zone files: `\.`, `\032`. */
function labelText(label: Uint8Array): string {
  return Array.from(label, (byte) => {
    const character = String.fromCharCode(byte);
    if (byte <= 0x20 || byte >= 0x7f) return `\\${String(byte).padStart(3, "0")}`;
    return character === "." || character === "\\" ? `\\${character}` : character;
  }).join("");
}

function typeName(type: number): string {
  return typeNames.get(type) ?? `TYPE${type}`;
}
