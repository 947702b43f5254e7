import type { AnyStateMachine } from 'xstate';
import { certificateMachine } from '../machines/certificate.ts';
import { commandMachine } from '../machines/command.ts';
import { componentUpdaterMachine } from '../machines/component-updater.ts';
import { journalRoomMachine } from '../machines/journal-room.ts';
import { messageScanMachine } from '../machines/message-scan.ts';
import { notificationMachine } from '../machines/notification.ts';
import { projectionMachine } from '../machines/projection.ts';
import { quarantineMachine } from '../machines/quarantine.ts';
import { relayMachine } from '../machines/relay.ts';
import { reputationServerMachine } from '../machines/reputation-server.ts';
import { scanEngineMachine } from '../machines/scan-engine.ts';
import { scanServiceMachine } from '../machines/scan-service.ts';
import { searchMethodMachine } from '../machines/search-method.ts';
import { sessionMachine } from '../machines/session.ts';
import { createSupervisorMachine } from '../machines/supervisor.ts';

/** Every machine, under the name of its file in src/machines, which its pictures have, too. */
export const machines: Readonly<Record<string, AnyStateMachine>> = {
  certificate: certificateMachine,
  command: commandMachine,
  'component-updater': componentUpdaterMachine,
  'journal-room': journalRoomMachine,
  'message-scan': messageScanMachine,
  notification: notificationMachine,
  projection: projectionMachine,
  quarantine: quarantineMachine,
  relay: relayMachine,
  'reputation-server': reputationServerMachine,
  'scan-engine': scanEngineMachine,
  'scan-service': scanServiceMachine,
  'search-method': searchMethodMachine,
  session: sessionMachine,
  supervisor: createSupervisorMachine({}),
};
