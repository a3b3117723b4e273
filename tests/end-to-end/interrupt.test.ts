import { spawn, spawnSync } from 'node:child_process';
import { runningAccount } from '../../local/account';
import { paths } from '../../local/paths';
import { datasets } from './account';

test('Ctrl-C ends everything that npm start has started, and the account of an earlier run', async () => {
  const child = spawn('npm', ['start', '--', '--datasets', datasets], { cwd: paths.root, detached: true });
  let output = '';
  await new Promise<void>((resolve) =>
    child.stdout.on('data', (text) => {
      output += text;
      if (/Deploying/.test(output)) setTimeout(resolve, 5000);
    }),
  );
  process.kill(-child.pid!, 'SIGINT');
  await new Promise((resolve) => child.once('close', resolve));
  expect(await runningAccount()).toBeUndefined();
  const left = spawnSync('pgrep', ['-f', paths.state], { encoding: 'utf8' });
  expect(left.stdout).toBe('');
});
