'use strict';
/* global fetch, AbortSignal */
// Where Terraform gets the AWS provider from, if not from its registry.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { root, SetupError } = require('./run');

const SOURCE = 'registry.terraform.io/hashicorp/aws';
const REGISTRY = 'https://registry.terraform.io/.well-known/terraform.json';
const VARIABLE = 'PIPELINE_PROVIDER_MIRROR';

/** The version that the stacks name, which CDKTF's bindings were made for. */
const pinned = () => require(path.join(root, 'node_modules/@cdktf/provider-aws/package.json')).cdktf.provider.version;

/** Whether a folder is a filesystem mirror with that version, unpacked or packed: Terraform's docs, provider installation. */
function holds(folder, version) {
  const provider = path.join(folder, SOURCE);
  if (fs.existsSync(path.join(provider, version))) return true;
  const isPacked = (file) => file.startsWith(`terraform-provider-aws_${version}_`);
  return fs.existsSync(provider) && fs.readdirSync(provider).some(isPacked);
}

/** Terraform's discovery of services, which it begins with itself. */
async function isRegistryReachable() {
  try {
    return (await fetch(REGISTRY, { signal: AbortSignal.timeout(4000) })).ok;
  } catch {
    return false;
  }
}

/** Where mirrors are kept. */
function places() {
  const home = os.homedir();
  const data = process.env.XDG_DATA_HOME ?? path.join(home, '.local', 'share');
  const folders = [process.env.TF_PLUGIN_CACHE_DIR, home, data, '/opt', '/usr/local', '/usr/share', '/var/lib', '/srv'];
  return folders.filter(Boolean);
}

/** A mirror in these folders, four deep; no project's own `.terraform`. */
function findMirror(version, folders = places()) {
  let level = folders;
  for (let depth = 0; depth < 4; depth++) {
    const mirror = level.find((folder) => holds(folder, version));
    if (mirror) return mirror;
    level = level.flatMap(subfolders);
  }
}

function subfolders(folder) {
  const skipped = ['node_modules', '.git', '.cache', '.npm', '.m2', '.terraform'];
  try {
    const entries = fs.readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !skipped.includes(entry.name))
      .map((entry) => path.join(folder, entry.name));
  } catch {
    return []; // not ours to read
  }
}

/**
 * The mirror that the user names, or one that lies about where the registry cannot be reached. Terraform's own variables,
 * settings and implied mirrors it follows by itself.
 */
async function chooseMirror(version, isReachable = isRegistryReachable) {
  const named = process.env[VARIABLE];
  if (named && !holds(named, version))
    throw new SetupError(`${VARIABLE} names ${named}, which has no ${SOURCE} of version ${version}`);
  return named ?? ((await isReachable()) ? undefined : findMirror(version));
}

/** deploy.sh names this file to Terraform, unless the user has a configuration of their own. */
async function configureTerraform() {
  const mirror = await chooseMirror(pinned());
  const installation = mirror
    ? `provider_installation {\n  filesystem_mirror {\n    path    = "${mirror}"\n    include = ["${SOURCE}"]\n  }\n  direct {\n    exclude = ["${SOURCE}"]\n  }\n}\n`
    : '';
  fs.writeFileSync(path.join(root, 'build', 'terraform.rc'), `disable_checkpoint = true\n${installation}`);
}

module.exports = { chooseMirror, configureTerraform, findMirror, VARIABLE };
