package io.lockstep.sim;

import io.lockstep.sim.CrashPoint.Fate;
import io.lockstep.sim.CrashPoint.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// Explores every moment of the [CrashStory]s: at each turn of the loop the power goes (all of the
/// cache lost, none, each single write lost, each single one kept) or processes are killed (what
/// was under way lands in time, in part, or late), on either node or both, and beside that the link
/// breaks at each frame. Random cuts miss windows of one disk operation; this does not.
public final class CrashPoints {
  /// Of the writes in a cache, how many of the newest are lost or kept alone.
  private static final int SINGLES_MAX = 24;

  /// How long a dead node may stay down.
  private static final long DELAY_NANOS = 2_000_000_000L;

  private static final List<Kind> CRASHES =
      Arrays.stream(Kind.values()).filter(kind -> kind != Kind.LIVES).toList();

  /// What the other node suffers meanwhile, where both do.
  private static final List<Kind> PLAIN =
      List.of(Kind.POWER_ALL_LOST, Kind.POWER_NONE_LOST, Kind.KILL_IN_TIME);

  private static final List<CrashStory> STORIES = List.of(CrashStory.values());
  private static final Map<CrashStory, Size> SIZES = new ConcurrentHashMap<>();

  /// How long a story is.
  private record Size(int turns, int frames) {
    static Size of(CrashStory story) {
      return new Size(CrashPoints.turns(story), CrashPoints.frames(story));
    }
  }

  private CrashPoints() {}

  /// `CrashPoints POINT` tries one, as a failure has named it.
  public static void main(String[] arguments) {
    CrashTrial.run(CrashPoint.parse(String.join(" ", arguments)));
    System.out.println("good");
  }

  /// Tries one point, as a failure has named it.
  public static void again(String point) {
    CrashTrial.run(CrashPoint.parse(point));
  }

  /// Tries the drawn point of that number, of one story after the other.
  ///
  /// @return what was counted in it, see [Met]
  public static Map<String, Long> live(long seed) {
    var random = new SplittableRandom(seed);
    CrashStory story = STORIES.get((int) Math.floorMod(seed, (long) STORIES.size()));
    Size size = SIZES.computeIfAbsent(story, Size::of);
    boolean loses = size.frames > 0 && random.nextInt(3) == 0;
    int lost = loses ? random.nextInt(2 * size.frames) : -1;
    var met = new Met();
    run(drawn(story, random.nextInt(size.turns + 1), lost, random), met);
    return met.flat();
  }

  /// For each turn of each story, and for each of its frames, one drawn point; each is counted.
  ///
  /// @param rounds how often
  public static void sample(long seed, int rounds, Met met) {
    var random = new SplittableRandom(seed);
    for (CrashStory story : CrashStory.values()) {
      expect(story, met);
      int turns = turns(story);
      int frames = frames(story);
      for (int round = 0; round < rounds; round++) {
        int step = turns > 1000 ? turns / 500 : 1; // A full resync is the same thing many times.
        for (int turn = random.nextInt(step); turn <= turns; turn += step) {
          boolean loses = frames > 0 && random.nextInt(3) == 0;
          int lost = loses ? random.nextInt(2 * frames) : -1;
          run(drawn(story, turn, lost, random), met);
        }
      }
    }
  }

  /// All points of a story, without lost frames; then each lost frame alone, and with one drawn
  /// crash at each turn after it.
  static void all(CrashStory story, Met met) {
    expect(story, met);
    int turns = turns(story);
    for (int turn = 0; turn <= turns; turn++) {
      at(story, turn, point -> run(point, met));
    }
    var random = new SplittableRandom(1);
    for (int lost = 0; lost < 2 * frames(story); lost++) {
      run(new CrashPoint(story, Integer.MAX_VALUE, Fate.LIVES, Fate.LIVES, lost, false, 0), met);
      for (int turn = 0; turn <= turns; turn++) {
        run(drawn(story, turn, lost, random), met);
      }
    }
  }

  /// The same for all stories.
  public static void all(Met met) {
    for (CrashStory story : CrashStory.values()) {
      all(story, met);
    }
  }

  private static void expect(CrashStory story, Met met) {
    met.expect("crash points", story.name());
    for (Kind kind : Kind.values()) {
      met.expect("crash fates", kind.name());
    }
  }

  private static void run(CrashPoint point, Met met) {
    CrashTrial.run(point);
    met.one("crash points", point.story());
    met.one("crash fates", point.left().kind());
    met.one("crash fates", point.right().kind());
  }

  private static int turns(CrashStory story) {
    CrashStage stage = story.begun();
    stage.begin(story.acts());
    int turns = 0;
    while (stage.turn()) {
      turns++;
    }
    return turns;
  }

  private static int frames(CrashStory story) {
    CrashStage stage = story.begun();
    stage.breakAt(-1, SimNetwork.Verdict.PASS);
    stage.play(story.acts());
    return stage.frames();
  }

  // --- what can happen ---

  private static CrashPoint drawn(CrashStory story, int turn, int lost, SplittableRandom random) {
    int nodes = 1 + random.nextInt(3);
    Fate left = (nodes & 1) == 0 ? Fate.LIVES : drawnFate(random);
    Fate right = (nodes & 2) == 0 ? Fate.LIVES : drawnFate(random);
    long delay = random.nextInt(3) * DELAY_NANOS;
    return new CrashPoint(story, turn, left, right, lost, random.nextBoolean(), delay);
  }

  private static Fate drawnFate(SplittableRandom random) {
    return new Fate(CRASHES.get(random.nextInt(CRASHES.size())), random.nextInt(12));
  }

  private static void at(CrashStory story, int turn, Consumer<CrashPoint> next) {
    CrashPoint calm = new CrashPoint(story, turn, Fate.LIVES, Fate.LIVES, -1, false, 0);
    CrashStage stage = CrashTrial.before(calm);
    List<Fate> left = fates(stage.media(0));
    List<Fate> right = fates(stage.media(1));
    for (Fate fate : left) {
      alone(calm, fate, Fate.LIVES, next);
      with(calm, fate, false, next);
    }
    for (Fate fate : right) {
      alone(calm, Fate.LIVES, fate, next);
      with(calm, fate, true, next);
    }
  }

  /// One node only: the other takes over or does not.
  private static void alone(CrashPoint calm, Fate left, Fate right, Consumer<CrashPoint> next) {
    for (boolean takeover : new boolean[] {false, true}) {
      next.accept(new CrashPoint(calm.story(), calm.turn(), left, right, -1, takeover, 0));
    }
  }

  /// Both nodes: what happens to the one, beside the plain fates of the other.
  private static void with(
      CrashPoint calm, Fate fate, boolean mirrored, Consumer<CrashPoint> next) {
    for (int index = 0; index < PLAIN.size(); index++) {
      Kind kind = PLAIN.get(index);
      Fate other = Fate.of(kind);
      Fate left = mirrored ? other : fate;
      Fate right = mirrored ? fate : other;
      long delay = (fate.index() + index) % 2 * DELAY_NANOS;
      next.accept(new CrashPoint(calm.story(), calm.turn(), left, right, -1, false, delay));
    }
  }

  private static List<Fate> fates(SimMedia media) {
    var fates = new ArrayList<Fate>();
    int writes = Math.min(SINGLES_MAX, media.cachedWrites() + media.pendingCount());
    for (Kind kind : Kind.values()) {
      switch (kind) {
        case LIVES -> {}
        case POWER_ONE_LOST, POWER_ONE_KEPT -> {
          for (int index = 0; index < writes; index++) {
            fates.add(new Fate(kind, index));
          }
        }
        case POWER_ALL_LOST, POWER_NONE_LOST, POWER_TORN, KILL_IN_TIME, KILL_PARTLY, KILL_LATE ->
            fates.add(Fate.of(kind));
      }
    }
    return fates;
  }
}
