package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.block.VirtualLoop;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/// The two disks of a pair that was laid out, synced, and ended in order, node 0 as Primary: what
/// histories begin with. Laying out and the first sync cost more than a short history, so each kind
/// of pair does it once; whoever starts from it has the disks for himself. Immutable.
public final class PairImage {
  private static final Map<Kind, PairImage> MADE = new ConcurrentHashMap<>();
  private static final long TURNS_MAX = 1_000_000;

  /// What can differ.
  ///
  /// @param blockBytes logical block of the mirror
  public record Kind(SimDiskOptions left, SimDiskOptions right, int blockBytes) {
    SimDiskOptions disk(int node) {
      return node == 0 ? left : right;
    }
  }

  private final Kind kind;
  private final SimMedia.Snapshot[] snapshots = new SimMedia.Snapshot[2];

  private PairImage(Kind kind) {
    this.kind = kind;
    var loop = new VirtualLoop();
    var random = new SplittableRandom(1);
    var network = new SimNetwork(loop, SimNetworkOptions.USUAL, random.nextLong());
    var hosts = new SimHost[2];
    for (int id = 0; id < 2; id++) {
      var setup = new HostSetup(id, kind.disk(id), kind.blockBytes());
      hosts[id] = new SimHost(loop, network, setup, random.split());
      layOut(loop, hosts[id]);
    }
    hosts[0].start();
    hosts[1].start();
    run(loop, () -> isInSync(hosts[0]) && isInSync(hosts[1]) && hosts[0].isServing());
    for (SimHost host : hosts) {
      host.end();
      run(loop, host::hasEnded);
      snapshots[host.id] = host.disk().media().snapshot();
    }
  }

  /// The image of a kind.
  public static PairImage of(Kind kind) {
    return MADE.computeIfAbsent(kind, PairImage::new);
  }

  /// How a node begins.
  HostSetup setup(int node) {
    return new HostSetup(node, kind.disk(node), kind.blockBytes(), snapshots[node]);
  }

  /// The disk of a node, for whoever makes nodes of his own.
  public SimDisk disk(int node, SimNode process, long seed) {
    return new SimDisk(process, setup(node).media(seed));
  }

  private static void layOut(VirtualLoop loop, SimHost host) {
    boolean[] done = new boolean[1];
    host.layOut(
        host.id == 0,
        failure -> {
          Check.that(failure.isEmpty(), failure.isEmpty() ? "laid out" : failure);
          done[0] = true;
        });
    run(loop, () -> done[0]);
    host.endLayOut();
  }

  private static boolean isInSync(SimHost host) {
    return SimWorld.isInSync(host);
  }

  private static void run(VirtualLoop loop, BooleanSupplier condition) {
    loop.runUntil(condition, TURNS_MAX);
  }
}
