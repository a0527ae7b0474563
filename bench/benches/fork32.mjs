// Thirty-two machines from a layer; no forks are made ahead of time for that many.
import { many } from "../many.mjs";

export default (rounds = 3) => many({ bench: "fork32", count: 32, rounds, coldRounds: 1, withPool: false });
