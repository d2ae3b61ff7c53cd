// HSDS (pip) on POSIX storage: one service node and two data nodes on loopback, with an HDF5 file loaded into it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from '../../tools/launch/run-command.mjs';
import { freePort, startProcess, untilAnswers } from './processes.mjs';

const dataNodes = 2;
const user = 'benchmark';
const bucket = 'bench';
const domain = '/home/loaded.h5';
export const hsdsHeaders = { Authorization: `Basic ${Buffer.from(`${user}:${user}`).toString('base64')}`, Accept: 'application/octet-stream' };

// What its command "hsds" starts, but bound to loopback and to ports that are free.
const program = `
import functools, signal, subprocess, sys
import aiohttp.web
if sys.argv[1].startswith("--node_type"):
    aiohttp.web.run_app = functools.partial(aiohttp.web.run_app, host="127.0.0.1")
    from hsds.node_runner import main
    main()
else:
    root, sn, *dns = sys.argv[1:]
    common = ["--standalone", "--dn_urls=" + ",".join(dns), "--hsds_endpoint=" + sn, "--root_dir=" + root, "--bucket_name=${bucket}", "--log_level=ERROR"]
    kinds = [["--node_type=sn", "--sn_url=" + sn, "--hs_username=${user}", "--hs_password=${user}", "--admin_user=${user}", "--password_file="]]
    kinds += [["--node_type=dn", f"--node_number={number}"] for number in range(len(dns))]
    nodes = [subprocess.Popen([sys.executable, __file__, *kind, *common]) for kind in kinds]
    signal.signal(signal.SIGTERM, lambda *_: [node.terminate() for node in nodes])
    for node in nodes:
        node.wait()
`;

/** Starts it and copies a file into it, chunks and filters as they are. Resolves to the process, and `valuesOf(name)`: the path of a dataset's values. */
export async function startHsds(python, folder, file) {
  const home = join(folder, 'hsds');
  const root = join(home, 'root');
  mkdirSync(join(root, bucket), { recursive: true });
  writeFileSync(join(home, 'nodes.py'), program);
  const addresses = [];
  for (let number = 0; number <= dataNodes; number++) addresses.push(`http://127.0.0.1:${await freePort()}`);
  const [origin] = addresses;
  const server = startProcess(python, [join(home, 'nodes.py'), root, ...addresses], { cwd: home });
  await untilAnswers(`${origin}/about`, server, hsdsHeaders);
  const access = ['--endpoint', origin, '--user', user, '--password', user, '--bucket', bucket];
  for (const [command, ...args] of [['hstouch', '/home/'], ['hsload', file, domain]]) {
    const { code, output } = await runCommand(join(dirname(python), command), [...access, ...args]);
    if (code === 0) continue;
    await server.stop();
    throw new Error(`${command} failed:\n${output}`);
  }
  const ask = async (path) => (await fetch(`${origin}${path}domain=${domain}&bucket=${bucket}`, { headers: { ...hsdsHeaders, Accept: 'application/json' } })).json();
  const idOf = async (path) => {
    let { root: id } = await ask('/?');
    for (const name of path.split('/')) id = (await ask(`/groups/${id}/links/${name}?`)).link.id;
    return id;
  };
  return { ...server, origin, valuesOf: async (path) => `/datasets/${await idOf(path)}/value?domain=${domain}&bucket=${bucket}&select=` };
}
