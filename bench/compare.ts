/** Programs against each other on one bucket. */
import { median } from './measure.ts';
import type { Peer } from './peers.ts';
import type { PeerResult } from './results.ts';

export type Say = (line: string) => void;

/** Every program on the same bucket, round after round, so that what else happens on the machine hits all of them. */
export async function comparePeers(
  peers: readonly Peer[],
  endpoint: string,
  buckets: { full: string; empty: string },
  { peerKeys, peerRepeats }: { peerKeys: number; peerRepeats: number },
  say: Say,
): Promise<PeerResult[]> {
  const rounds = new Map(peers.map((peer) => [peer.name, [] as PeerRound[]]));
  const problems = new Map<string, string>();
  for (let i = 0; i < peerRepeats; i++) {
    for (const peer of peers) {
      if (peer.version === undefined) problems.set(peer.name, 'not installed');
      if (problems.has(peer.name)) continue;
      try {
        const start = await peer.list(endpoint, buckets.empty);
        const full = await peer.list(endpoint, buckets.full);
        rounds.get(peer.name)?.push({
          startCpuMs: start.cpuMs,
          cpuMs: full.cpuMs - start.cpuMs,
          wallMs: full.wallMs - start.wallMs,
          peakBytes: full.peakBytes,
        });
      } catch (error) {
        problems.set(peer.name, error instanceof Error ? error.message.slice(0, 300) : String(error));
      }
    }
    say(`programs, round ${i + 1}`);
  }
  return peers.map(({ name, version }) => {
    const problem = problems.get(name);
    if (problem !== undefined) return { name, version, problem };
    return { name, version, figures: peerFigures(rounds.get(name) ?? [], peerKeys) };
  });
}

interface PeerRound {
  startCpuMs: number;
  cpuMs: number;
  wallMs: number;
  peakBytes: number;
}

function peerFigures(rounds: readonly PeerRound[], versions: number): NonNullable<PeerResult['figures']> {
  const of = (pick: (round: PeerRound) => number): number => median(rounds.map(pick));
  return {
    cpuMsPer1000: of((round) => round.cpuMs) / (versions / 1000),
    startCpuMs: of((round) => round.startCpuMs),
    versionsPerS: (versions / of((round) => round.wallMs)) * 1000,
    peakBytes: of((round) => round.peakBytes),
  };
}
