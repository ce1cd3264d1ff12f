package io.lockstep.peers;

import io.lockstep.block.Check;
import io.lockstep.block.Loop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The control connection to the other node, from the daemon's start to its end, whatever becomes
/// of the mirrors: a [Line] over each address of `peer.addresses`, all of them kept up and watched
/// by heartbeats. What is said goes over the first one that stands.
///
/// Invariants: one line stands at an address, and who comes second is turned away; a question ends
/// once, with its answer, in time, or with the line it was asked on. Nothing is asked anew on
/// another line: what has become of it there is unknown. Belongs to one loop.
public final class ControlConnection {
  /// Who hears what the other node says.
  public interface Listener {
    /// The other node asks something.
    ///
    /// @param reply takes the answer, once, on this loop; at most [PeerLimits#REPLY_BYTES_MAX]
    void requested(byte[] request, Consumer<byte[]> reply);

    /// The other node tells of itself.
    void reported(byte[] report);

    /// A line stands, or has ended.
    void changed();
  }

  /// What came of a question.
  public sealed interface Outcome {
    @SuppressWarnings("ArrayRecordComponent")
    record Answered(byte[] body) implements Outcome {}

    /// There is no answer.
    ///
    /// @param asked whether the other node may have acted on it
    record Unanswered(String why, boolean asked) implements Outcome {}
  }

  private final Loop loop;
  private final PeerIdentity own;
  private final Network network;
  private final Listener listener;
  private final List<Address> addresses = new ArrayList<>();
  private final Map<Long, Question> questions = new HashMap<>();
  private final Owner owner = new Owner();
  private int answering;
  private long lastId;
  private boolean closed;

  /// One address, and the line over it.
  private static final class Address {
    private final String text;
    private @Nullable Line standing;
    private Loop.@Nullable Timer pause;
    private long pauseNanos = PeerLimits.PAUSE_NANOS_MIN;
    private long sinceNanos;
    private String why = "the nodes have not met there yet";
    private boolean refused;

    /// What this node has called there, and nobody has answered yet.
    private @Nullable Line calling;

    /// When the last call that was taken and not answered was given up, if nothing else came since.
    private OptionalLong muteNanos = OptionalLong.empty();

    Address(String text, long nowNanos) {
      this.text = text;
      this.sinceNanos = nowNanos;
    }
  }

  /// What the other node was asked.
  private record Question(Line line, Consumer<Outcome> done, Loop.Timer limit) {}

  /// @param addresses as people write them
  public ControlConnection(
      Loop loop, PeerIdentity own, List<String> addresses, Network network, Listener listener) {
    Check.that(addresses.size() <= PeerLimits.ADDRESSES_MAX, "so many addresses");
    this.loop = loop;
    this.own = own;
    this.network = network;
    this.listener = listener;
    addresses.forEach(text -> this.addresses.add(new Address(text, loop.nowNanos())));
  }

  /// Reaches for the other node from now on.
  public void start() {
    for (int number = 0; number < addresses.size(); number++) {
      network.reach(number);
    }
  }

  /// Says goodbye on all lines; none comes up any more.
  public void close(String why) {
    closed = true;
    for (Address address : addresses) {
      Loop.Timer pause = address.pause;
      if (pause != null) {
        pause.cancel();
      }
      Line line = address.standing;
      if (line != null) {
        line.leave(why);
      }
    }
  }

  // --- what the network tells ---

  /// A connection over an address stands.
  ///
  /// @return the line that it carries from now on
  public Line opened(int address, Wire wire) {
    Line line = new Line(loop, own, address, wire, owner);
    if (dials()) {
      addresses.get(address).calling = line;
    }
    line.begin();
    if (closed) {
      line.leave("this node closes");
    }
    return line;
  }

  private boolean dials() {
    return own.nodeId() == 1;
  }

  /// An address cannot be called, or listened at.
  public void unreachable(int address, String why) {
    down(addresses.get(address), why, false);
    reachLater(address);
  }

  private void reachLater(int number) {
    Address address = addresses.get(number);
    if (closed || address.pause != null || address.standing != null) {
      return;
    }
    address.pause =
        loop.schedule(
            () -> {
              address.pause = null;
              if (address.standing == null) {
                network.reach(number);
              }
            },
            address.pauseNanos);
    address.pauseNanos = Math.min(2 * address.pauseNanos, PeerLimits.PAUSE_NANOS_MAX);
  }

  // --- what is said ---

  /// The line that everything goes over.
  private Optional<Line> first() {
    return addresses.stream()
        .flatMap(address -> Optional.ofNullable(address.standing).stream())
        .findFirst();
  }

  public boolean isUp() {
    return first().isPresent();
  }

  /// Tells the other node of this one, if a line has room for it: a later report is newer.
  public void report(byte[] report) {
    first().filter(Line::isRoomy).ifPresent(line -> line.send(new Message.Report(report)));
  }

  /// Asks the other node.
  ///
  /// @param done runs once, in a later turn
  public void ask(byte[] request, Consumer<Outcome> done) {
    Optional<Line> line = first();
    if (line.isEmpty()) {
      refuse(done, whyDown());
    } else if (questions.size() >= PeerLimits.QUESTIONS_MAX) {
      refuse(done, "%d questions to it are open".formatted(questions.size()));
    } else if (request.length > PeerLimits.REQUEST_BYTES_MAX) {
      refuse(done, "the request has %d bytes".formatted(request.length));
    } else {
      long id = ++lastId;
      Loop.Timer limit = loop.schedule(() -> tooLate(id), PeerLimits.ANSWER_NANOS_MAX);
      questions.put(id, new Question(line.get(), done, limit));
      line.get().send(new Message.Request(id, request));
    }
  }

  private void refuse(Consumer<Outcome> done, String why) {
    loop.execute(() -> done.accept(new Outcome.Unanswered(why, false)));
  }

  private void tooLate(long id) {
    Question question = questions.remove(id);
    if (question != null) {
      question.done.accept(new Outcome.Unanswered("it has not answered in time", true));
    }
  }

  // --- what lines tell ---

  private final class Owner implements Line.Owner {
    @Override
    public Optional<String> unwanted(Line line) {
      if (closed) {
        return Optional.of("this node closes");
      }
      return addresses.get(line.address()).standing == null
          ? Optional.empty()
          : Optional.of("there is a control connection over this address already");
    }

    @Override
    public void stands(Line line) {
      Address address = addresses.get(line.address());
      address.standing = line;
      address.calling = null;
      address.muteNanos = OptionalLong.empty();
      address.sinceNanos = loop.nowNanos();
      address.why = "";
      address.refused = false;
      listener.changed();
    }

    @Override
    public void said(Line line, Message.Working message) {
      switch (message) {
        case Message.Request(long id, byte[] body) -> requested(line, id, body);
        case Message.Reply(long id, byte[] body) -> answered(line, id, body);
        case Message.Report(byte[] body) -> listener.reported(body);
      }
    }

    @Override
    public void ended(Line line, String why) {
      Address address = addresses.get(line.address());
      boolean stood = line.equals(address.standing);
      if (stood) {
        address.standing = null;
        if (loop.nowNanos() - address.sinceNanos > PeerLimits.GOOD_LINE_NANOS) {
          address.pauseNanos = PeerLimits.PAUSE_NANOS_MIN;
        }
      }
      boolean dialed = dials();
      if (line.equals(address.calling)) {
        address.calling = null;
        address.muteNanos =
            line.wasSilent() ? OptionalLong.of(loop.nowNanos()) : OptionalLong.empty();
      }
      if (stood || dialed || line.hasGreeted()) { // A stranger's silence is nobody's reason.
        down(address, why, line.isRefused());
      }
      if (dialed) {
        reachLater(line.address());
      }
      failQuestions(line, why);
    }
  }

  private void requested(Line line, long id, byte[] body) {
    if (answering >= PeerLimits.QUESTIONS_MAX) {
      line.leave("more questions at once than %d".formatted(PeerLimits.QUESTIONS_MAX));
      return;
    }
    answering++;
    var answer = new Answering(line, id);
    answer.limit = loop.schedule(answer::end, PeerLimits.ANSWER_NANOS_MAX);
    listener.requested(body, answer);
  }

  /// A question of the other node's that has no answer yet. One that comes too late, or twice, is
  /// none.
  private final class Answering implements Consumer<byte[]> {
    private final Line line;
    private final long id;
    private Loop.@Nullable Timer limit;
    private boolean ended;

    Answering(Line line, long id) {
      this.line = line;
      this.id = id;
    }

    @Override
    public void accept(byte[] answer) {
      if (!ended) {
        end();
        line.send(new Message.Reply(id, answer));
      }
    }

    void end() {
      ended = true;
      answering--;
      Loop.Timer timer = limit;
      if (timer != null) {
        timer.cancel();
      }
    }
  }

  private void answered(Line line, long id, byte[] body) {
    Question question = questions.get(id);
    if (question != null && question.line.equals(line)) {
      questions.remove(id);
      question.limit.cancel();
      question.done.accept(new Outcome.Answered(body));
    }
  }

  private void failQuestions(Line line, String why) {
    List<Long> lost =
        questions.entrySet().stream()
            .filter(entry -> entry.getValue().line.equals(line))
            .map(Map.Entry::getKey)
            .toList();
    for (long id : lost) {
      Question question = Check.present(questions.remove(id), "an open question");
      question.limit.cancel();
      loop.execute(() -> question.done.accept(new Outcome.Unanswered(why, true)));
    }
  }

  private void down(Address address, String why, boolean refused) {
    if (address.standing != null) {
      return; // It is another line that has ended.
    }
    if (address.why.isEmpty()) {
      address.sinceNanos = loop.nowNanos();
    }
    address.why = why;
    address.refused = refused;
    listener.changed();
  }

  // --- what is known ---

  /// Where the other node takes calls and says nothing, now or until a moment ago: it stands still
  /// there, and its kernel takes them. Known to the node that calls only; empty if the other one is
  /// heard somewhere, or takes none.
  public Optional<String> muteAt() {
    return isUp()
        ? Optional.empty()
        : addresses.stream().filter(this::isMute).map(address -> address.text).findFirst();
  }

  private boolean isMute(Address address) {
    Line calling = address.calling;
    if (calling != null) {
      return !calling.isHeard();
    }
    OptionalLong since = address.muteNanos;
    return since.isPresent() && loop.nowNanos() - since.getAsLong() < PeerLimits.MUTE_NANOS;
  }

  private String whyDown() {
    List<String> reasons = new ArrayList<>();
    addresses.forEach(address -> reasons.add(address.text + ": " + address.why));
    return String.join("; ", reasons);
  }

  /// How things stand now.
  public ControlView view() {
    return new ControlView(
        addresses.stream()
            .map(
                address ->
                    new ControlView.Watched(
                        address.text,
                        address.standing != null,
                        address.sinceNanos,
                        address.why,
                        address.refused))
            .toList());
  }
}
