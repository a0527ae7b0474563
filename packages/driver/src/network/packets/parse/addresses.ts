import ipaddr from "ipaddr.js";

/** `52:54:00:12:01:01` */
export function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** The canonical text of 4 or 16 bytes. */
export function ipText(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join(".") : ipaddr.fromByteArray([...bytes]).toString();
}
