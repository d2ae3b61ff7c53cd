// Lets a program that knows nothing of us end when we are killed outright, where the system can do that (Linux).
import { findExecutable } from '../setup/executables.mjs';

/** The same service, started so that the kernel sends it `signal` when its parent dies. */
export async function dyingWithParent(signal, spec) {
  const setpriv = await findExecutable('setpriv');
  if (setpriv === undefined) return spec;
  const { uid, gid, ...rest } = spec;
  const user = uid === undefined ? [] : ['--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  return { ...rest, command: setpriv, args: ['--pdeathsig', signal.replace('SIG', ''), ...user, '--', spec.command, ...spec.args] };
}
