export { Deadline, isMachinesError, MachinesError } from "@vitest-machines/host";
export type { ErrorCode, Lease, ProcessHost } from "@vitest-machines/host";
export { connectAgent, type ConnectAgentOptions } from "./agent/connect.ts";
export type * from "./agent/session.ts";
export * from "./cluster/cluster.ts";
export type { CreatedMachine, CreatedMachineDeclaration } from "./cluster/created/created-machines.ts";
export { ClusterNetwork, type InjectedFault, type NetworkMark } from "./cluster/network/cluster-network.ts";
export { checkSchedule } from "./cluster/network/check-fault.ts";
export { describeFault } from "./network/faults/describe.ts";
export { FaultSchedule } from "./cluster/network/fault-schedule.ts";
export type { ScheduledFault, ScheduleOptions } from "./network/faults/schedule.ts";
export { fault } from "./network/faults/fault.ts";
export type { CutFault, Fault, LinkFault, MachineRef, Place, Where } from "./network/faults/fault.ts";
export type { Impairments } from "./network/faults/impairments.ts";
export type { Duration, Percentage, Rate } from "./network/faults/quantities.ts";
export type { Direction } from "./network/wiring/filter.ts";
export { Link, type LinkOptions } from "./cluster/network/link.ts";
export { costOf } from "./cluster/cost.ts";
export type * from "./cluster/events.ts";
export type * from "./cluster/options.ts";
export { Machine } from "./machine/machine.ts";
export type { MachineEvent, MachinePhase } from "./machine/events.ts";
export type { CopySummary } from "./machine/files/summary.ts";
export type { Command, CommandArguments, CommandOptions, CommandResult, VerbOptions } from "./machine/options.ts";
export type { Check, PollingCondition, PollingConditionOptions } from "./machine/conditions/polling-condition.ts";
export { withSignal } from "./machine/waiting-verbs.ts";
export type { KeyOptions } from "./machine/control/send-key.ts";
export type { GuestFetchOptions } from "./machine/reach/fetch.ts";
export type { DoorAddress, Forwarded } from "./machine/reach/door.ts";
export type { GuestTarget } from "./machine/reach/guest-target.ts";
export type { UnitOptions } from "./machine/units/options.ts";
export type { QmpEvent } from "./qemu/qmp/messages.ts";
export type { PortOptions } from "./machine/wait/port.ts";
export { Capture, type PacketQuery } from "./network/packets/capture.ts";
export type * from "./network/packets/frame.ts";
export type { Packet } from "./network/packets/packet.ts";
export { retry } from "./machine/wait/retry.ts";
export type { Attempt, RetryOptions } from "./machine/wait/retry.ts";
export type { WaitUntilOptions } from "./machine/wait/wait-until.ts";
export type { Accelerator } from "./qemu/accelerator.ts";
export type { CaptureDeclaration, CaptureOptions } from "./topology/capture/capture.ts";
export { packetDirections, protocols, type PacketFilter, type Protocol } from "./topology/capture/packet-filter.ts";
export { bootModes, stumbleKinds } from "./topology/declaration.ts";
export type {
  StumbleKind,
  BootMode,
  ClockMode,
  ForwardPorts,
  HostFile,
  ReadyCondition,
} from "./topology/declaration.ts";
export { reservedNames } from "./topology/names.ts";
export type { ClusterPlan, InterfacePlan, NodePlan } from "./topology/plan.ts";
export { planCluster } from "./topology/plan-cluster.ts";
export { clusterDeclarationKeys, nodeDeclarationKeys } from "./topology/shape.ts";
export type { TraceEntry } from "./trace/entry.ts";
export { qemuOverheadMiB } from "./qemu/overhead.ts";
export type { Origin } from "./cluster/origin.ts";
export { SparePool, type SparePoolOptions } from "./layers/pool/spare-pool.ts";
export type { Demand, Spare, Spares } from "./layers/pool/spare.ts";
export type { ForkRecipe } from "./layers/recipe.ts";
export * from "./layers/store/store.ts";
export { describeTopology } from "./topology/picture/topology.ts";
export type { Topology, TopologyCard, TopologyMachine, TopologyNetwork } from "./topology/picture/topology.ts";
export { topologyMermaid } from "./topology/picture/mermaid.ts";
export { topologySvg } from "./topology/picture/svg/render.ts";
