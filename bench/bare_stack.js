'use strict';
// Synthesizes what a stack has from CDKTF's classes alone: `node bench/bare_stack.js CDK_TF_JSON OUTDIR`.
const fs = require('node:fs');
const { AwsProvider } = require('@cdktf/provider-aws/lib/provider');
const { App, TerraformStack, Token, ref } = require('cdktf');

const [, , file, outdir] = process.argv;
const LONG_TEXT = 2000;
const META_ARGUMENTS = ['//', 'depends_on', 'lifecycle'];

/** The configuration of a resource as its class takes it. */
function configuration(value) {
  // References are what they are in code that is written for CDKTF; not in the body of a dashboard, which has hundreds.
  if (typeof value === 'string' && value.length < LONG_TEXT)
    return value.replace(/\$\{([^}]*)\}/g, (_, reference) => Token.asString(ref(reference, stack)));
  if (Array.isArray(value)) return value.map(configuration);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !META_ARGUMENTS.includes(key));
  return Object.fromEntries(entries.map(([key, each]) => [camelCase(key), configuration(each)]));
}

function camelCase(name) {
  return name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
}

function classOf(type, prefix) {
  const module = require(`@cdktf/provider-aws/lib/${prefix}${type.slice('aws_'.length).replaceAll('_', '-')}`);
  return Object.values(module).find(({ tfResourceType }) => tfResourceType === type);
}

const { resource, data } = JSON.parse(fs.readFileSync(file, 'utf8'));
const app = new App({ outdir });
const stack = new TerraformStack(app, 'bare');
new AwsProvider(stack, 'aws');
for (const [blocks, prefix] of [
  [resource, ''],
  [data, 'data-aws-'],
]) {
  for (const [type, named] of Object.entries(blocks)) {
    const Class = classOf(type, prefix);
    for (const [name, block] of Object.entries(named))
      new Class(stack, `${prefix}${type}-${name}`, configuration(block));
  }
}
app.synth();
