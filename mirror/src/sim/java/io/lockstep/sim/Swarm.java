package io.lockstep.sim;

import io.lockstep.mirror.link.MirrorConfig;
import java.util.List;
import java.util.SplittableRandom;

/// What one history is made of: for each seed some kinds of trouble and some acts of the operator
/// do not occur at all, and the others have wildly different weights; the mirror's own sizes and
/// times
/// are drawn too, since bugs hide at their edges.
final class Swarm {
  private static final int WEIGHT_MAX = 12;
  private static final List<Troubles.Kind> TROUBLES = List.of(Troubles.Kind.values());
  private static final List<Operator.Act> ACTS = List.of(Operator.Act.values());

  private final int[] troubles;
  private final int[] acts;
  private final MirrorConfig.Limits limits;
  private final int troublePerMille;
  private final int reliefPerMille;
  private final int actPerMille;
  private final int turnsMax;

  Swarm(SplittableRandom random) {
    troubles = weights(random, TROUBLES.size());
    acts = weights(random, ACTS.size());
    troublePerMille = 3 + random.nextInt(20);
    reliefPerMille = 6 + random.nextInt(24);
    actPerMille = 3 + random.nextInt(16);
    turnsMax = 8 + random.nextInt(16);
    limits = random.nextInt(3) == 0 ? usualLimits() : drawn(random);
  }

  /// Small enough that every limit is met, large enough that work goes on.
  static MirrorConfig.Limits usualLimits() {
    return new MirrorConfig.Limits(
        SimWorld.EXTENTS_MAX,
        12,
        24,
        64,
        200_000_000L,
        1_000_000_000L,
        5_000_000L,
        64 << 10,
        3,
        1 << 20,
        10_000_000_000L);
  }

  private static MirrorConfig.Limits drawn(SplittableRandom random) {
    int inFlight = 2 + random.nextInt(16);
    long timeoutNanos = 800_000_000L << random.nextInt(3);
    return new MirrorConfig.Limits(
        SimWorld.EXTENTS_MAX,
        inFlight,
        inFlight + 2 + random.nextInt(32),
        16 + random.nextInt(64),
        timeoutNanos / (2 + random.nextInt(4)),
        timeoutNanos,
        1_000_000L << random.nextInt(7),
        random.nextInt(200) == 0 ? 4096 : 32 << (10 + random.nextInt(3)),
        1 + random.nextInt(5),
        64 << (10 + random.nextInt(6)),
        2_000_000_000L << random.nextInt(4));
  }

  private static int[] weights(SplittableRandom random, int count) {
    var weights = new int[count];
    for (int index = 0; index < count; index++) {
      weights[index] = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(WEIGHT_MAX);
    }
    weights[random.nextInt(count)] = WEIGHT_MAX; // One of them at least.
    return weights;
  }

  MirrorConfig.Limits limits() {
    return limits;
  }

  /// How many things happen between two operations of the client, at most: few make a crowd.
  int turnsMax() {
    return turnsMax;
  }

  int troublePerMille() {
    return troublePerMille;
  }

  int reliefPerMille() {
    return reliefPerMille;
  }

  int actPerMille() {
    return actPerMille;
  }

  Troubles.Kind trouble(SplittableRandom random) {
    return TROUBLES.get(drawn(random, troubles));
  }

  Operator.Act act(SplittableRandom random) {
    return ACTS.get(drawn(random, acts));
  }

  private static int drawn(SplittableRandom random, int[] weights) {
    int sum = 0;
    for (int weight : weights) {
      sum += weight;
    }
    int dice = random.nextInt(sum);
    int index = 0;
    while (dice >= weights[index]) {
      dice -= weights[index++];
    }
    return index;
  }
}
