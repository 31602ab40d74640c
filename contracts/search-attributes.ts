import { defineSearchAttributeKey } from '@temporalio/common';

/** Search attributes of every run; registered by `nightjar up` and, in production, by the page docs/production.md. Never encrypted: no secrets here. */
export const ModelName = defineSearchAttributeKey('ModelName', 'KEYWORD');
export const ModelVersion = defineSearchAttributeKey('ModelVersion', 'INT');
export const StageKey = defineSearchAttributeKey('Stage', 'KEYWORD');
export const OutcomeKey = defineSearchAttributeKey('Outcome', 'KEYWORD');
export const NeedsApproval = defineSearchAttributeKey('NeedsApproval', 'BOOL');

export const SEARCH_ATTRIBUTES = [ModelName, ModelVersion, StageKey, OutcomeKey, NeedsApproval] as const;
