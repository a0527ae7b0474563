import {
  askedForSystem,
  isKernelPackage,
  kernelPackages,
  systemPackages,
  type KernelFlavour,
} from "../apt/package-sets.ts";
import type { DebianRelease } from "../apt/suite.ts";

/** A kernel, as the tiny image and Debian images have it. */
export interface KernelSubject {
  readonly suite: DebianRelease;
  readonly kernel: KernelFlavour;
}

/** The system of a Debian image. */
export interface SystemSubject {
  readonly suite: DebianRelease;
  /** What the declaration names, sorted. */
  readonly packages: readonly string[];
  /** Only where the declaration names one: what it has, others may not have. */
  readonly mirror?: string | undefined;
}

/** What one entry of a lock file is about. */
export type LockSubject = KernelSubject | SystemSubject;

/** A subject in words. The same words are the same subject. */
export function nameOf(subject: LockSubject): string {
  if ("kernel" in subject) return `${subject.suite}, ${subject.kernel} kernel`;
  const packages = subject.packages.length === 0 ? "no packages of its own" : subject.packages.join(" ");
  return `${subject.suite}, ${packages}${subject.mirror === undefined ? "" : `, from ${subject.mirror}`}`;
}

/** What apt is asked for, and which of what it resolves is needed. */
export function requestOf(subject: LockSubject): { asked: string[]; isNeeded: (name: string) => boolean } {
  return "kernel" in subject
    ? { asked: kernelPackages(subject.kernel), isNeeded: isKernelPackage }
    : { asked: askedForSystem(subject.packages), isNeeded: () => true };
}

/** Packages that must be among those of its entry; a later version of this project may want more than an earlier one. */
export function requiredBy(subject: LockSubject): string[] {
  return "kernel" in subject ? kernelPackages(subject.kernel) : systemPackages(subject.packages);
}
