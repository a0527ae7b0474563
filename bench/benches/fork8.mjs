// Eight machines from a layer.
import { many } from "../many.mjs";

export default (rounds = 5) =>
  many({ bench: "fork8", count: 8, rounds, coldRounds: Math.min(rounds, 3), withPool: true });
