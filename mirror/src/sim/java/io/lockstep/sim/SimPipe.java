package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.VirtualLoop;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// One direction of a connection: bytes in order, cut into random pieces, late, or not at all.
///
/// A frame first waits at the sender; when the window has room it goes on the wire and its sender
/// is told so. While the direction is *stalled* (the cable is cut) nothing arrives and nothing is
/// lost, as with TCP: it arrives after the cable is mended, unless the connection has ended. A
/// *truncated* direction loses everything behind some byte.
final class SimPipe {
  private static final int PIECES_MAX = 3;

  /// Where every second damage is, since payload is most of the bytes.
  private static final int HEAD_BYTES = 64;

  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final int MILLION = 1_000_000;

  private final VirtualLoop world;
  private final SimNetworkOptions options;
  private final SplittableRandom random;
  private final SimNode sender;
  private final Receiver receiver;
  private final ArrayDeque<Outgoing> waiting = new ArrayDeque<>();
  private final ArrayDeque<Piece> wire = new ArrayDeque<>();
  private int wireBytes;
  private long wireFreeAtNanos;
  private long lastArrivalNanos;
  private long extraNanos;
  private boolean stalled;
  private boolean shut;

  /// The other end.
  interface Receiver {
    /// Bytes have come in, from position to limit.
    void arrived(ByteBuffer bytes);

    /// Nothing more comes.
    void ended(String reason);
  }

  /// @param bytes the whole frame
  /// @param payload where its payload lies, to see that the sender leaves it alone
  /// @param waited whether time has passed since it was handed over
  private record Outgoing(
      ByteBuffer bytes, @Nullable ByteBuffer payload, @Nullable Completion sent, boolean waited) {}

  /// @param bytes null for the end of the stream
  /// @param reason why it ends
  private record Piece(@Nullable ByteBuffer bytes, String reason, long atNanos) {}

  SimPipe(SimNode sender, SimNetworkOptions options, SplittableRandom random, Receiver receiver) {
    this.world = sender.world();
    this.sender = sender;
    this.options = options;
    this.random = random;
    this.receiver = receiver;
    this.lastArrivalNanos = world.nowNanos();
  }

  /// What is sent from now on takes that much longer.
  void slow(long nanos) {
    extraNanos = nanos;
  }

  /// Whether bytes are held by a cut.
  boolean isHolding() {
    return stalled && !wire.isEmpty();
  }

  /// Nothing arrives before this instant.
  void notBefore(long nanos) {
    lastArrivalNanos = Math.max(lastArrivalNanos, nanos);
  }

  void send(ByteBuffer frame, @Nullable ByteBuffer payload, @Nullable Completion sent) {
    boolean waits = !waiting.isEmpty() || !hasRoom();
    waiting.add(new Outgoing(frame, payload, sent, waits));
    fillWire();
  }

  private boolean hasRoom() {
    return wire.isEmpty() || wireBytes < options.windowBytes();
  }

  private void fillWire() {
    while (!waiting.isEmpty() && hasRoom()) {
      Outgoing next = waiting.remove();
      checkUntouched(next);
      tell(next, IoResult.OK);
      if (!shut) {
        putOnWire(next.bytes());
      }
    }
  }

  /// The payload at the end of the frame is still what was handed over.
  private static void checkUntouched(Outgoing frame) {
    ByteBuffer payload = frame.payload();
    if (payload != null && frame.waited()) {
      ByteBuffer copied = frame.bytes().duplicate();
      copied.position(copied.limit() - payload.remaining());
      Check.that(copied.equals(payload), "a payload is left alone until it was sent");
    }
  }

  private void tell(Outgoing frame, IoResult result) {
    Completion sent = frame.sent();
    if (sent != null) {
      sender.execute(() -> sent.completed(result));
    }
  }

  private void putOnWire(ByteBuffer bytes) {
    int pieces = random.nextInt(4) == 0 ? random.nextInt(1, PIECES_MAX + 1) : 1;
    while (bytes.hasRemaining()) {
      int length = bytes.remaining();
      if (--pieces > 0 && length > 1) {
        length = random.nextInt(1, length);
      }
      ByteBuffer piece = bytes.slice(bytes.position(), length);
      bytes.position(bytes.position() + length);
      long now = Math.max(world.nowNanos(), wireFreeAtNanos);
      wireFreeAtNanos = now + length * SECOND_NANOS / options.bytesPerSecond();
      put(new Piece(piece, "", arrivalNanos(wireFreeAtNanos)));
    }
  }

  private long arrivalNanos(long departureNanos) {
    long delay = random.nextLong(options.delayNanosMin(), options.delayNanosMax() + 1);
    return Math.max(lastArrivalNanos, departureNanos + delay + extraNanos);
  }

  private void put(Piece piece) {
    lastArrivalNanos = piece.atNanos();
    wire.add(piece);
    wireBytes += piece.bytes() == null ? 0 : piece.bytes().remaining();
    world.schedule(this::deliver, piece.atNanos() - world.nowNanos());
  }

  /// Hands over all that is due.
  private void deliver() {
    while (!stalled && !wire.isEmpty() && wire.element().atNanos() <= world.nowNanos()) {
      Piece piece = wire.remove();
      ByteBuffer bytes = piece.bytes();
      if (bytes == null) {
        receiver.ended(piece.reason());
      } else {
        wireBytes -= bytes.remaining();
        hand(bytes);
      }
    }
    fillWire();
  }

  private void hand(ByteBuffer bytes) {
    boolean damaged =
        options.damagePerMillion() > 0 && random.nextInt(MILLION) < options.damagePerMillion();
    if (damaged) {
      int among =
          random.nextBoolean() ? bytes.remaining() : Math.min(HEAD_BYTES, bytes.remaining());
      int at = bytes.position() + random.nextInt(among);
      bytes.put(at, (byte) (bytes.get(at) ^ 1 << random.nextInt(8)));
    }
    receiver.arrived(bytes);
  }

  /// Holds everything, or lets it go on.
  void stall(boolean value) {
    stalled = value;
    if (!stalled) {
      world.execute(this::deliver);
    }
  }

  /// The sender is gone: what still waits is lost, and of what is on the wire all behind some byte.
  ///
  /// @param reason what the receiver is told; null if it is told nothing
  /// @param keepAll whether all that is on the wire still arrives
  void truncate(@Nullable String reason, boolean keepAll) {
    if (shut) {
      return;
    }
    shut = true;
    failWaiting();
    if (!keepAll) {
      loseTail();
    }
    if (reason != null) {
      put(new Piece(null, reason, arrivalNanos(world.nowNanos())));
    }
  }

  private void failWaiting() {
    while (!waiting.isEmpty()) {
      tell(waiting.remove(), IoResult.closed("the connection ended"));
    }
  }

  private void loseTail() {
    int keep = random.nextInt(wireBytes + 1);
    Piece[] pieces = wire.toArray(Piece[]::new);
    wire.clear();
    wireBytes = 0;
    for (Piece piece : pieces) {
      ByteBuffer bytes = piece.bytes();
      if (bytes != null && keep > 0) {
        ByteBuffer kept = bytes.slice(bytes.position(), Math.min(keep, bytes.remaining()));
        keep -= kept.remaining();
        wire.add(new Piece(kept, "", piece.atNanos()));
        wireBytes += kept.remaining();
      }
    }
  }
}
