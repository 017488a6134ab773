// What a type is: the code that knows one kind of instance.
//
// A type makes instances, says how to run a command in one, ends what runs in it, resets it, discards it, tells
// whether it is alive, and lists what exists under our id. Limits, caching, hooks, leases and locking are not
// its business, and nobody outside this folder asks which type it is: they ask what it can.

import type {KeyTable, SettingsOf} from '../keys.js';

export interface Capabilities {
  /** What an instance has of its own. */
  readonly isolation: 'none' | 'process' | 'root' | 'machine';
  /** Whether the files of this machine are in it, under the same paths. */
  readonly sharesFiles: boolean;
  /** What a copy of a file of this machine is in it, where its source.conf says so. */
  readonly copies?: 'copy' | 'link' | 'symlink' | undefined;
  /** Whether reset brings an instance back to its checkpoint. Where it cannot, release keeps it as it is. */
  readonly reset: boolean;
  /** Whether an instance outlives a reboot of this machine. */
  readonly survivesReboot: boolean;
  /**
   * How a directory of this machine gets into it; `bind` and `unbind` are the type's then, a copy is anybody's.
   * 'bind-anew': it is made anew for that, from its checkpoint, and goes at its reset; and there are no overlays.
   */
  readonly imports: 'bind' | 'bind-anew' | 'copy';
  /** Whether commands in it run as root; 'caller' where that is whoever calls. */
  readonly root: boolean | 'caller';
  /** Whether it has a network of its own, or that of this machine. */
  readonly network: 'own' | 'shared';
  /** Whether it can be rebooted while somebody uses it, and gives up its cores and memory while it is cached. */
  readonly reboot: boolean;
  readonly park: boolean;
}

/** What a type is told of an instance. */
export interface InstanceFacts<Settings = unknown> {
  readonly name: string;
  /** Which making of it this is: a name is used again, an incarnation never. */
  readonly incarnation: string;
  /** The state directory's id; together with name and incarnation it names the instance for ever. */
  readonly storeId: string;
  /** The instance's directory in the state directory. */
  readonly directory: string;
  readonly settings: Settings;
  /** What `handle` and `make` said of it. */
  readonly handle: Handle;
  /** The directory of the instance that it stands on, where its type needs one. */
  readonly backing?: string;
  readonly surroundings: Surroundings;
}

/** What a type gets from outside. */
export interface Surroundings {
  readonly stateDirectory: string;
  /** The process that asks, and what called it: never ended with an instance. */
  readonly pid: number;
  /** Tells the user something beside what was asked for. */
  readonly say: (line: string) => void;
  /** Runs a program as part of a transition: who takes the transition over ends it first. */
  readonly runTool: (program: string, words: readonly string[]) => Promise<void>;
  /** The same for a program whose answer is wanted: a status that is not 0 is an answer, a time-out is a failure. */
  readonly askTool: (
    program: string,
    words: readonly string[],
    options?: AskOptions,
  ) => Promise<ToolAnswer>;
}

export interface AskOptions {
  readonly timeoutMs?: number;
  /** Its stdin; nothing unless given. */
  readonly input?: string;
  /** Where it is called; the caller's directory unless given. */
  readonly cwd?: string;
  /** Set in its environment, each as KEY=VALUE. */
  readonly settings?: readonly string[];
  /** It has nothing of the caller's environment. */
  readonly isClean?: boolean;
  /** Only the end of what it prints is wanted: else it is ended where it prints too much. */
  readonly isQuoted?: boolean;
}

/** Asks a program of this machine; a status that is not 0 is an answer. */
export type Ask = (program: string, words: readonly string[]) => Promise<ToolAnswer>;

export interface ToolAnswer {
  /** 128+n for a signal; 127 where there is no such program. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory of this machine that is to be seen in an instance. */
export interface BindImport {
  /** Names this import for ever. */
  readonly nonce: string;
  readonly local: string;
  readonly remote: string;
  /** An overlay is the local tree below what is written in the instance, which goes when it is undone. */
  readonly mode: 'ro' | 'rw' | 'overlay';
}

/** What a type is told of a source. */
export interface SourceFacts<Settings = unknown> {
  readonly source: string;
  readonly storeId: string;
  readonly settings: Settings;
  readonly surroundings: Surroundings;
}

/** How long a request waits for what it is to get. */
export interface Patience {
  /** 0: not at all; may be Infinity. */
  readonly patienceMs: number;
}

export interface CheckpointOptions {
  /** Nothing has run in it since it was made. */
  readonly isAsMade: boolean;
}

/** Facts that a type needs to find its instance again. */
export type Handle = Readonly<Record<string, string>>;

/** Something that exists under our id, whether or not a record knows it. */
export interface Listed {
  readonly name: string;
  readonly incarnation: string;
  readonly handle: Handle;
}

/** An instance as the type of its source sees it. */
type Of<Table extends KeyTable> = InstanceFacts<SettingsOf<Table>>;

export interface SourceType<Table extends KeyTable = KeyTable> {
  readonly name: string;
  /** One sentence, lower case, no full stop. */
  readonly summary: string;
  /** The keys of source.conf that it adds to those of every source. */
  readonly keys: Table;
  /** Programs of this machine that it calls; one of each group must be there. */
  readonly needs?: readonly (readonly string[])[];
  /** Why this machine can have none of its instances, though all of these are here. */
  obstacle?(ask: Ask): Promise<string | undefined>;
  capabilities(settings: SettingsOf<Table>): Capabilities;
  /** How many instances there are, where they are not made but found (and cannot be discarded). */
  places?(settings: SettingsOf<Table>, maximum: number): number | undefined;
  /** How many machines those places are on, in equal parts; unless given, each is one of its own. */
  machines?(settings: SettingsOf<Table>): number;
  /** What names the machine that an instance is on; unless given, that is this one, or its own by its isolation. */
  machineOf?(instance: Of<Table>): string;
  /** The sources whose instances its own stand on, in order of preference. */
  standsOn?(settings: SettingsOf<Table>): readonly string[];
  /** Whether making one does nothing in what it stands on; unless given, what it did there is kept like provision.d's. */
  leavesBelow?(settings: SettingsOf<Table>): boolean;
  /** What identifies the instance that is about to be made; written down before `make` is called. */
  identify(instance: Of<Table>): Handle | Promise<Handle>;
  /** Whether making one may have to wait for others that use what it is made of. */
  readonly hasQueue?: boolean;
  /** Makes the instance; more facts, where only making it told them. One that cannot be had now is 'exhausted'. */
  make(instance: Of<Table>, patience: Patience): Promise<Handle>;
  /** The text of its `run` script, which runs its arguments in the instance. */
  runScript(instance: Of<Table>): string;
  /** Lines of ssh_config(5) by which ssh reaches its host, where that is how it is reached. */
  sshConfig?(instance: Of<Table>): readonly string[];
  /**
   * The directory of this machine that is its root, where root of this machine sees there what root sees in it, and its
   * commands run as that unless they say; undefined where there is none at the moment.
   */
  filesAt?(instance: Of<Table>): string | undefined;
  /** Its address, where it has a network of its own and that can be seen from here. */
  address?(instance: Of<Table>): string | undefined;
  /** How many cores a command in it can use, if it has its machine to itself. */
  probe(instance: Of<Table>): Promise<number>;
  /** Whether it is there and usable. */
  check(instance: Of<Table>): Promise<boolean>;
  /**
   * Notes how it is now: reset brings it back to this. Where it is as it was made, since nothing has run in it, a type that
   * can make it so again has nothing to note.
   */
  checkpoint(instance: Of<Table>, options: CheckpointOptions): Promise<void>;
  /** Ends all that runs in it, and returns when it is gone. */
  endAll(instance: Of<Table>): Promise<void>;
  /** Whether it sees that directory of this machine, and so can bind it; it can unless this is given. */
  canBind?(instance: Of<Table>, wanted: Omit<BindImport, 'nonce'>): Promise<boolean>;
  /** Makes directories of this machine visible in it, where its capabilities say so; all of one allocation at once. */
  bind?(instance: Of<Table>, imports: readonly BindImport[]): Promise<void>;
  /** Undoes `bind`, whatever state the instance is in: what is bound already no more is fine. */
  unbind?(instance: Of<Table>, imports: readonly BindImport[]): Promise<void>;
  /**
   * Sends it to rest while it is cached, and wakes it before it is given out, where its capabilities say so. One that is
   * parked passes `check` and can be discarded; one that is awake can be woken.
   */
  park?(instance: Of<Table>): Promise<void>;
  resume?(instance: Of<Table>): Promise<void>;
  /** Starts it anew with its files as they are. */
  reboot?(instance: Of<Table>): Promise<void>;
  /** Brings it back to its checkpoint. */
  reset(instance: Of<Table>): Promise<void>;
  /** Destroys it; one that is gone already is fine, one that is still there afterwards is a failure. */
  discard(instance: Of<Table>): Promise<void>;
  /** All of a source that exists under this state directory's id; a listing that may be partial is a failure. */
  list(source: SourceFacts<SettingsOf<Table>>): Promise<readonly Listed[]>;
}

/** A type whose table nobody needs to know any more. */
export function defineType<Table extends KeyTable>(type: SourceType<Table>): SourceType {
  return type;
}
