package io.lockstep.control.client;

import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The control sockets of a pair, one or two, asked side by side: one that takes the connection and
/// says nothing holds up no other. Thread-safe.
public final class Sockets {
  /// How long each is waited for once another one has answered.
  public static final Duration ANSWER_MAX = Duration.ofSeconds(2);

  /// How long one is waited for that said nothing the last time.
  private static final Duration SILENT_MAX = Duration.ofMillis(100);

  private final List<ControlClient> clients;

  /// Those that said nothing when they were asked last.
  private final Set<Integer> silent = ConcurrentHashMap.newKeySet();

  public Sockets(List<ControlClient> clients) {
    this.clients = List.copyOf(clients);
  }

  /// The daemons, whether they answer or not.
  public List<ControlClient> clients() {
    return clients;
  }

  /// What came from one socket: a picture, or why there is none.
  private record Came(int index, @Nullable PairStatus status, @Nullable ControlException failure) {}

  /// Asks all of them how things stand.
  ///
  /// @param patience how long, while none has answered
  public Answers ask(Duration patience) {
    BlockingQueue<Came> queue = new LinkedBlockingQueue<>();
    for (int index = 0; index < clients.size(); index++) {
      int number = index;
      Thread.ofVirtual().name("asks").start(() -> queue.add(ask(number, patience)));
    }
    Map<Integer, Came> came = gather(queue, patience);
    List<Answers.One> all = new ArrayList<>();
    for (int index = 0; index < clients.size(); index++) {
      @Nullable Came one = came.get(index);
      if (one == null) {
        silent.add(index);
      }
      all.add(
          new Answers.One(
              clients.get(index),
              one == null ? null : one.status,
              one == null ? noAnswer(index) : one.failure));
    }
    return new Answers(all);
  }

  private Came ask(int index, Duration patience) {
    try {
      Came came = new Came(index, clients.get(index).within(patience).status(), null);
      silent.remove(index);
      return came;
    } catch (ControlException e) {
      return new Came(index, null, e);
    }
  }

  private Map<Integer, Came> gather(BlockingQueue<Came> queue, Duration patience) {
    long start = System.nanoTime();
    Map<Integer, Came> came = new TreeMap<>();
    try {
      while (came.size() < clients.size()) {
        long left = limit(came, patience).toNanos() - (System.nanoTime() - start);
        @Nullable Came next = queue.poll(Math.max(0, left), TimeUnit.NANOSECONDS);
        if (next == null) {
          break;
        }
        came.put(next.index, next);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return came;
  }

  private Duration limit(Map<Integer, Came> came, Duration patience) {
    if (came.values().stream().noneMatch(one -> one.status != null)) {
      return patience;
    }
    boolean silentOnes =
        IntStream.range(0, clients.size())
            .filter(index -> !came.containsKey(index))
            .allMatch(silent::contains);
    return silentOnes ? SILENT_MAX : ANSWER_MAX;
  }

  private ControlException noAnswer(int index) {
    return new ControlException(
        new Problem(
            ControlException.UNREACHABLE,
            "the daemon was not asked",
            "no answer in time at " + clients.get(index).socket(),
            "look at its process and at its log"));
  }

  /// What all of them said, in the order of the sockets.
  public record Answers(List<One> all) {
    /// What one daemon said.
    ///
    /// @param status how it sees the pair; null if it did not answer
    /// @param failure why it did not; null if it did
    public record One(
        ControlClient client, @Nullable PairStatus status, @Nullable ControlException failure) {}

    /// The pictures that came.
    List<PairStatus> statuses() {
      return all.stream().flatMap(one -> Optional.ofNullable(one.status).stream()).toList();
    }

    /// Why others did not.
    List<ControlException> failures() {
      return all.stream().flatMap(one -> Optional.ofNullable(one.failure).stream()).toList();
    }

    /// The daemons that answered.
    public List<ControlClient> answering() {
      return all.stream().filter(one -> one.status != null).map(One::client).toList();
    }

    /// The pair as all of them together see it.
    ///
    /// @throws ControlException if none answered
    public PairStatus picture() throws ControlException {
      bestOne();
      return WholePicture.of(statuses(), failures());
    }

    /// The Primary's daemon, or, if none that answers is Primary, any that does; that one knows
    /// why it cannot help.
    ///
    /// @throws ControlException if none answered
    public ControlClient best() throws ControlException {
      return bestOne().client;
    }

    /// The daemon of a node, if it answers.
    public Optional<ControlClient> of(String node) {
      return all.stream()
          .filter(one -> one.status != null && one.status.reportedBy().equals(node))
          .map(One::client)
          .findFirst();
    }

    private One bestOne() throws ControlException {
      Optional<One> best =
          all.stream()
              .filter(one -> one.status != null)
              .min(Comparator.comparingInt(Answers::rank));
      if (best.isPresent()) {
        return best.get();
      }
      // Of one that says nothing there is more to be found out than of one that is not there.
      throw failures().stream()
          .min(Comparator.comparing(ControlException::isNobodyListening))
          .orElseThrow(Answers::nobodyAsked);
    }

    private static int rank(One one) {
      return one.status != null && one.status.servesAt(one.status.reportedBy()) ? 0 : 1;
    }

    private static ControlException nobodyAsked() {
      return new ControlException(
          new Problem(
              ControlException.UNREACHABLE,
              "The pair was not asked",
              "no control socket is known",
              "name one"));
    }
  }
}
