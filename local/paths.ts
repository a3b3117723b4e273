import path from 'node:path';

const root = path.resolve(__dirname, '..');
const build = path.join(root, 'build');

/** Where things are on this machine. All that is not in the repository is made by the set-up script. */
export const paths = {
  root,
  /** State of the emulated account, its logs and its certificate. */
  state: path.join(build, 'local'),
  emulator: path.join(build, 'emulator', 'bin'),
  java: path.join(build, 'java'),
  jars: path.join(build, 'jars'),
  classArchive: path.join(build, 'classes', 'spark.jsa'),
  venv: path.join(root, '.venv', 'bin'),
  /** What stands in for the Python packages that exist only inside AWS Glue. */
  python: path.join(root, 'local', 'python'),
};
