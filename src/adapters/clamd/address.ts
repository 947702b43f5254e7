import type { EngineServer } from '../../actors/ports/scan-engine.ts';

/** Where a clamd listens. */
export interface ClamdAddress extends EngineServer {
  to: Readonly<{ host: string; port: number } | { path: string }>;
}
