import { join } from 'node:path';
import type { InspectionEvent } from 'xstate';
import { systemClock } from '../actors/ports/clock.ts';
import type { WatchedCertificate } from '../actors/ports/watches.ts';
import { startWatches } from '../actors/watches.ts';
import { type CertificateFile, certificateFileEndMs } from '../adapters/certificates/certificate-file.ts';
import { type JournalRoomMeasure, openJournalRoom } from '../adapters/journal/open-room.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { watchCertificates } from '../adapters/sps-client/certificates-seen.ts';
import { caFile } from './ca-file.ts';
import type { TellProblem } from './tell-problem.ts';

/** Starts the watches of `[watch]`; the journal must be open. Connections that were made before are not seen. */
export function startGatewayWatches(
  settings: Settings,
  inspect: (event: InspectionEvent) => void,
  onProblem: TellProblem,
): { stop(): void } {
  const { journal, state, watch } = settings;
  let room: JournalRoomMeasure | undefined;
  const openRoom = () => openJournalRoom(join(state.folder, 'journal'), journal.bytes_max);
  const seen = watchCertificates(systemClock.now);
  const files = certificateFiles(settings);
  const watches = startWatches({
    ...{ clock: systemClock, inspect, onProblem, checkMs: watch.check_seconds * 1000 },
    measures: {
      // Opened at the first look, so that a journal that cannot be read is told, and ends nothing.
      journalRoom() {
        room ??= openRoom();
        return room.measure();
      },
      certificates: () => [...seen.current(), ...files.flatMap(certificateIn)],
    },
    limits: {
      journalPercentMax: watch.journal_percent_max,
      diskFreeBytesMin: Math.max(watch.disk_free_bytes_min, journal.free_bytes_min),
      certificateDaysMin: watch.certificate_days_min,
    },
  });
  return {
    stop() {
      watches.stop();
      seen.close();
      room?.close();
    },
  };
}

/** A file under the name of its setting. */
type NamedFile = CertificateFile & { setting: string };

function certificateIn({ setting, ...file }: NamedFile): WatchedCertificate[] {
  const endMs = certificateFileEndMs(file);
  return endMs === undefined ? [] : [{ certificate: setting, host: null, endMs }];
}

/** Of all certificates that the settings name, and of the authority that the SPS on this machine has made. */
function certificateFiles(settings: Settings): NamedFile[] {
  const { smart_scan, update, kafka } = settings;
  const trusted = {
    'smart_scan.ca_file': caFile(settings, smart_scan.ca_file).caFile,
    'update.ca_file': update.ca_file,
    'kafka.ca_file': kafka.ca_file,
  };
  const named = (setting: string, path: string | undefined, role: CertificateFile['role']): NamedFile[] =>
    path === undefined ? [] : [{ setting, path, role }];
  return [
    ...Object.entries(trusted).flatMap(([setting, path]) => named(setting, path, 'trusted')),
    ...named('kafka.cert_file', kafka.cert_file, 'own'),
    ...named('console.certificate_file', settings.console.certificate_file, 'own'),
  ];
}
