export type VersionState = 'LOADING' | 'AVAILABLE' | 'END';

/** One entry of `model_version_status`, in the shape of TensorFlow Serving's REST API. */
export const versionStatus = (version: number, state: VersionState) => ({ version: String(version), state, status: { error_code: 'OK', error_message: '' } });
