import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createHash } from 'node:crypto';
import { NightjarError } from '../contracts/errors.ts';
import { MODEL_NAME } from '../contracts/ids.ts';
import type { DefinedModel } from './define.ts';

/** Loads a model by the name of its folder. Throws UnknownModel. */
export async function loadModel(name: string): Promise<DefinedModel> {
  const path = join(runningModels(), name, `model${extname(HERE)}`);
  if (!MODEL_NAME.test(name) || !existsSync(path)) throw new NightjarError('UnknownModel', `'${name}'; there are: ${(await modelNames()).join(', ')}.`);
  const { default: model } = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as { default: DefinedModel };
  if (model.name !== name) throw new NightjarError('InvalidDefinition', `models/${name}/model.ts: name is '${model.name}', the folder is '${name}'.`);
  return model;
}

/** Names of all models, ascending. */
export async function modelNames(): Promise<string[]> {
  const folders = await readdir(runningModels(), { withFileTypes: true });
  return folders
    .filter((folder) => folder.isDirectory() && existsSync(join(runningModels(), folder.name, `model${extname(HERE)}`)))
    .map(({ name }) => name)
    .sort();
}

/**
 * sha256 over the source text of the model's folder and of the code under `models/` that it imports: another text is another
 * definition, so that a changed query or network is trained and judged anew. It is the text of the code that runs: what was edited since
 * counts from the next start on, like the edit itself. Throws UnknownModel.
 */
export async function definitionDigest(name: string): Promise<string> {
  const models = runningSources();
  if (!MODEL_NAME.test(name) || !existsSync(join(models, name, 'model.ts'))) throw new NightjarError('UnknownModel', `'${name}'.`);
  const own = (await readdir(join(models, name), { recursive: true })).filter((file) => file.endsWith('.ts')).map((file) => join(models, name, file));
  const texts = new Map<string, string>();
  const read = async (path: string): Promise<void> => {
    if (texts.has(path)) return;
    const text = await readFile(path, 'utf8');
    texts.set(path, text);
    for (const imported of relativeImports(path, text)) if (imported.startsWith(models)) await read(imported);
  };
  for (const path of own) await read(path);
  const hash = createHash('sha256');
  for (const path of [...texts.keys()].sort()) hash.update(`${relative(models, path)}\0${texts.get(path)}\0`);
  return hash.digest('hex');
}

const relativeImports = (path: string, text: string): string[] => [...text.matchAll(/from '(\.[^']+\.ts)'/g)].map(([, target]) => join(dirname(path), target!));

const HERE = fileURLToPath(import.meta.url);

/** The models beside the running code: the sources, or what was built from them. Bundling puts this code into a folder of its own choice. */
function runningModels(from = dirname(HERE)): string {
  const models = join(from, 'models');
  return existsSync(models) ? models : runningModels(dirname(from));
}

/** The text of these models: the sources themselves, or the copy that was built. */
function runningSources(): string {
  const models = runningModels();
  const built = join(models, '..', 'sources', 'models');
  return existsSync(built) ? built : models;
}
