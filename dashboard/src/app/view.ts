import { oneOf, urlParameter } from './url-state.js';

/** The pages of this page: what is seen and heard, and the hub itself. */
export type View = 'monitor' | 'hub';

export const view = urlParameter<View>('view', 'monitor', oneOf('hub'));
