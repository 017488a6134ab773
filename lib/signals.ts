// Signals that this process gets, and what becomes of it by them.

import node from 'node:process';

/** Calls back for each signal that this process gets, which then does nothing else; the value ends that. */
export function onSignals(
  signals: readonly NodeJS.Signals[],
  react: (signal: NodeJS.Signals) => void,
): () => void {
  expectListeners(1);
  for (const signal of signals) node.on(signal, react);
  let isListening = true;
  return () => {
    for (const signal of signals) node.off(signal, react);
    if (isListening) expectListeners(-1);
    isListening = false;
  };
}

/** Node takes more than ten for forgotten ones, and warns of them; each command that runs has one. */
function expectListeners(more: number): void {
  const most = node.getMaxListeners();
  if (most > 0) node.setMaxListeners(most + more);
}

const deadly = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** Those that put off a death: they leave it to whoever else listens what a signal does. */
const puttingOff = new WeakSet<object>();

/**
 * Calls back for a signal that would end this process, where nobody has said that it does something else. The value ends
 * that, and this process with it, if such a signal has come.
 */
export function putOffDeath(react: () => void): () => void {
  let cause: NodeJS.Signals | undefined;
  const listen = (signal: NodeJS.Signals): void => {
    cause ??= signal;
    react();
  };
  puttingOff.add(listen);
  const free = deadly.filter((signal) =>
    node.listeners(signal).every((each) => puttingOff.has(each)),
  );
  const stop = onSignals(free, listen);
  return () => {
    stop();
    if (cause !== undefined) node.kill(node.pid, cause);
  };
}
