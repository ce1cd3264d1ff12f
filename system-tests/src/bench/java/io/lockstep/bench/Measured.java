package io.lockstep.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// One thing that is measured, under its name, and what each round has told of it. It is opened
/// anew for each load: a session that nobody attends to between two loads would be ended.
final class Measured {
  private static final int REST_SECONDS = 2;

  /// Writes under way: as many as were before, and as many as a session may have.
  static final int DEPTH_FEW = 32;

  static final int DEPTH_MANY = 128;
  private static final int SAMPLES = 7;

  /// What a round tells of a load.
  enum Figure {
    PER_SECOND,
    MICROS_HALF,
    MICROS_99,
    ALLOCATED_PRIMARY,
    ALLOCATED_SECONDARY
  }

  /// How to get at what is measured.
  interface Opening {
    Subject open() throws IOException;
  }

  /// What a daemon's memory holds for each write under way.
  ///
  /// @param heapBytes alive on the heap
  /// @param bufferBytes in buffers outside of it
  record Memory(Spread heapBytes, Spread bufferBytes) {}

  private final String name;
  private final Opening opening;
  private final @Nullable RunningPair pair;
  private final List<Map<Load, Map<Figure, Double>>> rounds = new ArrayList<>();
  private double[] restPerNano = new double[0];

  private Measured(String name, Opening opening, @Nullable RunningPair pair) {
    this.name = name;
    this.opening = opening;
    this.pair = pair;
  }

  static Measured file(Opening opening) {
    return new Measured("plain file", opening, null);
  }

  static Measured lun(String name, RunningPair pair) {
    return new Measured(name, pair::open, pair);
  }

  String name() {
    return name;
  }

  boolean isLun() {
    return pair != null;
  }

  /// Fills it, which warms the compilers up too, and looks at what is allocated at rest.
  void prepare() throws IOException, InterruptedException {
    try (Subject subject = opening.open()) {
      subject.fill();
      for (Load load : Load.ALL) {
        subject.run(load, TimeUnit.SECONDS.toNanos(1));
      }
    }
    long[] before = allocated();
    TimeUnit.SECONDS.sleep(REST_SECONDS);
    long[] after = allocated();
    restPerNano = new double[before.length];
    for (int i = 0; i < before.length; i++) {
      restPerNano[i] = (after[i] - before[i]) / (REST_SECONDS * 1e9);
    }
  }

  void run(int round, Load load, long nanos) throws IOException {
    if (rounds.size() == round) {
      rounds.add(new HashMap<>());
    }
    long began;
    long took;
    long[] before;
    long[] after;
    Latencies latencies;
    try (Subject subject = opening.open()) {
      began = System.nanoTime();
      before = allocated();
      latencies = subject.run(load, nanos);
      after = allocated();
      took = System.nanoTime() - began;
    }
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    figures.put(Figure.PER_SECOND, latencies.perSecond());
    figures.put(Figure.MICROS_HALF, latencies.micros(0.5));
    figures.put(Figure.MICROS_99, latencies.micros(0.99));
    for (int i = 0; i < before.length; i++) {
      double bytes = Math.max(0, after[i] - before[i] - restPerNano[i] * took);
      figures.put(
          i == 0 ? Figure.ALLOCATED_PRIMARY : Figure.ALLOCATED_SECONDARY,
          bytes / Math.max(1, latencies.count()));
    }
    rounds.getLast().put(load, figures);
  }

  Spread spread(Load load, Figure figure) {
    return Spread.of(values(load, figure));
  }

  /// How much more it does in a second than another one, round by round.
  Spread ratio(Load load, Measured other) {
    double[] own = values(load, Figure.PER_SECOND);
    double[] others = other.values(load, Figure.PER_SECOND);
    double[] ratios = new double[own.length];
    for (int i = 0; i < own.length; i++) {
      ratios[i] = own[i] / Math.max(1e-9, others[i]);
    }
    return Spread.of(ratios);
  }

  private double[] values(Load load, Figure figure) {
    return rounds.stream().mapToDouble(round -> figure(round, load, figure)).toArray();
  }

  private static double figure(Map<Load, Map<Figure, Double>> round, Load load, Figure figure) {
    return round.getOrDefault(load, Map.of()).getOrDefault(figure, Double.NaN);
  }

  /// What each write that is under way more costs the daemons, the Primary first: pools grow once
  /// and stay, so it is seen only on the way from few to many.
  List<Memory> memory() throws IOException, InterruptedException {
    List<double[]> few = held(DEPTH_FEW);
    List<double[]> many = held(DEPTH_MANY);
    List<Memory> all = new ArrayList<>();
    for (int node = 0; node < few.size(); node += 2) {
      all.add(
          new Memory(
              growth(few.get(node), many.get(node)),
              growth(few.get(node + 1), many.get(node + 1))));
    }
    return all;
  }

  private static Spread growth(double[] few, double[] many) {
    double base = Spread.of(few).median();
    return Spread.of(
        Arrays.stream(many).map(bytes -> (bytes - base) / (DEPTH_MANY - DEPTH_FEW)).toArray());
  }

  /// Samples of heap and of buffers, for one daemon after the other, while so many writes are under
  /// way.
  private List<double[]> held(int depth) throws IOException, InterruptedException {
    List<double[]> samples = new ArrayList<>();
    meters().forEach(_ -> samples.addAll(List.of(new double[SAMPLES], new double[SAMPLES])));
    AtomicBoolean enough = new AtomicBoolean();
    try (var threads = Executors.newSingleThreadExecutor()) {
      Future<?> load = threads.submit(() -> writeUntil(enough, depth));
      try {
        for (int sample = 0; sample < SAMPLES; sample++) {
          int at = 0;
          for (DaemonMeter meter : meters()) {
            samples.get(at++)[sample] = meter.liveBytes();
            samples.get(at++)[sample] = meter.bufferBytes();
          }
        }
      } finally {
        enough.set(true);
      }
      load.get();
    } catch (ExecutionException failed) {
      throw new IOException(name + ": " + failed.getCause(), failed);
    }
    return samples;
  }

  private Latencies writeUntil(AtomicBoolean enough, int depth) throws IOException {
    try (Subject subject = opening.open()) {
      Latencies last = subject.run(new Load(true, depth), TimeUnit.SECONDS.toNanos(1));
      while (!enough.get()) {
        last = subject.run(new Load(true, depth), TimeUnit.SECONDS.toNanos(1));
      }
      return last;
    }
  }

  private long[] allocated() {
    return meters().stream().mapToLong(DaemonMeter::allocatedBytes).toArray();
  }

  private List<DaemonMeter> meters() {
    return pair == null ? List.of() : pair.meters();
  }
}
