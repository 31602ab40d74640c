import { z } from 'zod';
import { NightjarError } from '../contracts/errors.ts';
import { MODEL_NAME } from '../contracts/ids.ts';
import { unitHash } from '../domain/split.ts';
import type { EventLog } from './events/log.ts';
import type { JsonBody } from './http.ts';

const MAX_REWARDS = 1000;
/** Amounts beyond are slips of a unit or a type; one of them would outweigh every other user of a rollout. */
const MAX_VALUE = 1e9;

const reward = z.strictObject({
  model: z.string().regex(MODEL_NAME),
  unit: z.union([z.string().min(1).max(1000), z.number()]).transform(String),
  name: z.string().regex(/^[A-Za-z][\w-]{0,63}$/),
  value: z.number().min(-MAX_VALUE).max(MAX_VALUE).default(1),
  id: z.string().max(100).nullish(),
});

/** Writes one reward or several into the logs of their models; resolves when all are durable. Throws InvalidRequest (then none is written), UnknownModel and EventsUnwritable. */
export async function acceptFeedback(
  body: JsonBody,
  logOf: (model: string) => Promise<EventLog>,
): Promise<{ accepted: number; perModel: Record<string, number> }> {
  const list = Array.isArray(body.value);
  const parsed = (list ? z.array(reward).min(1).max(MAX_REWARDS) : reward).safeParse(body.value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new NightjarError('InvalidRequest', `${(list ? ['feedback', ...issue.path] : issue.path).join('.') || 'body'}: ${issue.message}.`);
  }
  const rewards = Array.isArray(parsed.data) ? parsed.data : [parsed.data];
  const byModel = new Map<string, typeof rewards>();
  for (const one of rewards)
    byModel
      .set(one.model, byModel.get(one.model) ?? [])
      .get(one.model)!
      .push(one);
  const logs = await Promise.all([...byModel].map(async ([model, some]) => ({ some, events: await logOf(model) })));
  await Promise.all(
    logs.map(({ some, events }) => events.reward(some.map(({ unit, id, name, value }) => ({ unit: unitHash(unit), id: id ?? null, name, value })))),
  );
  return { accepted: rewards.length, perModel: Object.fromEntries([...byModel].map(([model, some]) => [model, some.length])) };
}
