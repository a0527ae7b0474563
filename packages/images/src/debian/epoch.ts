/**
 * The latest time that a file of an image may have, in seconds: later ones are set to it, so that the same packages make the
 * same system, whenever they do.
 */
export const buildEpoch = "1700000000";
