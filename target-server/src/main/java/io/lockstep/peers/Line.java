package io.lockstep.peers;

import io.lockstep.block.Loop;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One connection to the other node over one of its addresses, from the greeting to its end.
///
/// **Greeting.** The side that dials says first who it is; the other one looks at that, and answers
/// with who it is itself, or refuses. So a stranger learns nothing but why it is refused. The side
/// that listens counts the line as standing from the other's first heartbeat on, since until then
/// it may still be refused itself.
///
/// **Heartbeats.** Each side sends one every [PeerLimits#BEAT_NANOS], and gives the line up after
/// [PeerLimits#SILENT_NANOS_MAX] without a sound.
///
/// A place is left for proof of identity: what the transport knows of the other side's key is
/// looked at where the greeting is. Belongs to the loop of the control connection.
public final class Line {
  /// Who has lines.
  interface Owner {
    /// Why the line is not wanted although it is the other node's; empty if it is.
    Optional<String> unwanted(Line line);

    /// The other node is at the other end, and both want the line.
    void stands(Line line);

    void said(Line line, Message.Working message);

    /// The line has ended, whether it ever stood or not. Runs once.
    void ended(Line line, String why);
  }

  private enum State {
    /// Nobody has said who he is.
    STRANGE,
    /// The caller was answered, and may still refuse the answer.
    GREETED,
    STANDING,
    ENDED
  }

  private final Loop loop;
  private final PeerIdentity own;
  private final int address;
  private final Wire wire;
  private final Owner owner;
  private State state = State.STRANGE;
  private Loop.@Nullable Timer timer;
  private boolean greeted;
  private boolean refused;
  private boolean heard;
  private boolean silent;
  private long heardNanos;
  private long beats;

  Line(Loop loop, PeerIdentity own, int address, Wire wire, Owner owner) {
    this.loop = loop;
    this.own = own;
    this.address = address;
    this.wire = wire;
    this.owner = owner;
  }

  void begin() {
    timer = loop.schedule(this::notGreeted, PeerLimits.GREETING_NANOS_MAX);
    if (dials()) {
      wire.send(Greetings.of(own, address));
    }
  }

  private void notGreeted() {
    silent = !heard;
    end("no greeting came in time");
  }

  /// Node 1 calls node 0.
  private boolean dials() {
    return own.nodeId() == 1;
  }

  int address() {
    return address;
  }

  boolean isStanding() {
    return state == State.STANDING;
  }

  /// Whether somebody has said there who he is: not just a connection of a stranger.
  boolean hasGreeted() {
    return greeted;
  }

  /// Whether anything has come in.
  boolean isHeard() {
    return heard;
  }

  /// Whether this side gave the line up although the other had taken it, since nothing came in.
  boolean wasSilent() {
    return silent;
  }

  /// Whether one of the two sides did not want the other.
  boolean isRefused() {
    return refused;
  }

  boolean isRoomy() {
    return wire.isRoomy();
  }

  void send(Message.Working message) {
    if (isStanding()) {
      wire.send(message);
    }
  }

  // --- what comes in ---

  /// Bytes have come in, whatever they are.
  public void heard() {
    heard = true;
    heardNanos = loop.nowNanos();
  }

  /// A whole message has come in.
  public void received(Message message) {
    if (state == State.ENDED) {
      return;
    }
    heard();
    switch (message) {
      case Message.Greeting greeting -> greeted(greeting);
      case Message.Refuse(String reason) -> {
        refused = true;
        end("the other node refuses: " + reason);
      }
      case Message.Goodbye(String reason) -> end("the other node leaves: " + reason);
      case Message.Beat _ -> beaten();
      case Message.Working working -> {
        if (isStanding()) {
          owner.said(this, working);
        } else {
          end("the other side asks before it is known");
        }
      }
    }
  }

  private void greeted(Message.Greeting greeting) {
    if (state != State.STRANGE) {
      end("the other side greets twice");
      return;
    }
    greeted = true;
    Optional<String> refusal =
        Greetings.misfit(own, greeting, address).or(() -> owner.unwanted(this));
    if (refusal.isPresent()) {
      refuse(refusal.get());
      return;
    }
    if (dials()) {
      stand();
    } else {
      state = State.GREETED;
      wire.send(Greetings.of(own, address));
    }
  }

  private void refuse(String why) {
    refused = true;
    wire.send(new Message.Refuse(why));
    end(why);
  }

  private void beaten() {
    switch (state) {
      case STRANGE -> end("the other side beats before it is known");
      case GREETED -> {
        Optional<String> refusal = owner.unwanted(this);
        if (refusal.isPresent()) {
          refuse(refusal.get());
        } else {
          stand();
        }
      }
      case STANDING, ENDED -> {}
    }
  }

  private void stand() {
    state = State.STANDING;
    wire.trusted();
    cancelTimer();
    beat();
    owner.stands(this);
  }

  private void beat() {
    long silent = loop.nowNanos() - heardNanos;
    if (silent >= PeerLimits.SILENT_NANOS_MAX) {
      end("nothing was heard for %d s".formatted(TimeUnit.NANOSECONDS.toSeconds(silent)));
      return;
    }
    wire.send(new Message.Beat(++beats));
    timer = loop.schedule(this::beat, PeerLimits.BEAT_NANOS);
  }

  // --- the end ---

  /// The connection has ended, or is damaged.
  public void lost(String why) {
    end(why);
  }

  void leave(String why) {
    if (state != State.ENDED) {
      wire.send(new Message.Goodbye(why));
      end(why);
    }
  }

  private void end(String why) {
    if (state == State.ENDED) {
      return;
    }
    state = State.ENDED;
    cancelTimer();
    wire.close();
    owner.ended(this, why);
  }

  private void cancelTimer() {
    Loop.Timer running = timer;
    if (running != null) {
      running.cancel();
      timer = null;
    }
  }
}
