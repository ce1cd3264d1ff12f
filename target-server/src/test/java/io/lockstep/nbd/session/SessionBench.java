package io.lockstep.nbd.session;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.MemoryBudget;
import io.lockstep.block.RangeQueue;
import io.lockstep.block.VirtualLoop;
import io.lockstep.nbd.wire.RequestDecoder;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A session with a client of our own at one end and a device at the other, in one thread.
final class SessionBench implements ReplyOutput {
  /// What there is to make a session of; tests replace what they are about.
  static final class Parts {
    final VirtualLoop loop;
    final BlockDevice device;
    final BufferPool pool;
    final RangeQueue changes;
    MemoryBudget budget = new MemoryBudget(256 << 20, 0);
    SessionLimits limits = SessionLimits.DEFAULT;
    Map<String, BlockStatusSource> contexts = Map.of();
    List<String> chosen = List.of();
    boolean readOnly;
    boolean structured = true;

    Parts(VirtualLoop loop, BlockDevice device) {
      this.loop = loop;
      this.device = device;
      this.pool = new BufferPool(64 << 20);
      this.changes = new RangeQueue();
    }

    /// Of another session with the same export.
    Parts(Parts other) {
      this.loop = other.loop;
      this.device = other.device;
      this.pool = other.pool;
      this.changes = other.changes;
      this.budget = other.budget;
    }
  }

  final Parts parts;
  final NbdSession session;
  final List<String> closed = new ArrayList<>();
  private final RequestDecoder decoder;
  private final Reply.Reader reader = new Reply.Reader();
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  private final ArrayDeque<Runnable> unsent = new ArrayDeque<>();
  private ByteBuffer untaken = ByteBuffer.allocate(0);

  /// Whether the client takes data at once.
  boolean reads = true;

  boolean writable = true;
  int flushes;
  private boolean flushing;

  SessionBench(Parts parts) {
    this.parts = parts;
    ExportFacts facts =
        ExportFacts.of(
            "disk",
            "",
            parts.device.limits(),
            parts.readOnly,
            List.copyOf(parts.contexts.keySet()));
    NbdExport export =
        new NbdExport(facts, parts.device, parts.changes, parts.pool, parts.contexts);
    Agreed agreed = new Agreed(facts, parts.structured, parts.chosen);
    this.session =
        new NbdSession(
            new SessionContext(agreed, export, parts.limits, parts.budget, parts.loop), this);
    this.decoder = new RequestDecoder(session);
  }

  static ByteBuffer request(int flags, int type, long cookie, long offset, long length) {
    return ByteBuffer.allocate(28)
        .putInt(0x25609513)
        .putShort((short) flags)
        .putShort((short) type)
        .putLong(cookie)
        .putLong(offset)
        .putInt((int) length)
        .flip();
  }

  void read(int flags, long cookie, long offset, int length) {
    reader.sentRead(cookie, length);
    fromClient(request(flags, 0, cookie, offset, length));
  }

  void write(int flags, long cookie, long offset, byte[] data) {
    fromClient(request(flags, 1, cookie, offset, data.length));
    fromClient(ByteBuffer.wrap(data));
  }

  void other(int flags, int type, long cookie, long offset, long length) {
    fromClient(request(flags, type, cookie, offset, length));
  }

  void sentRead(long cookie, int length) {
    reader.sentRead(cookie, length);
  }

  void fromClient(ByteBuffer bytes) {
    ByteBuffer all = ByteBuffer.allocate(untaken.remaining() + bytes.remaining());
    all.put(untaken).put(bytes).flip();
    untaken = all;
    pump();
  }

  /// Feeds what the session takes.
  void pump() {
    while (untaken.hasRemaining() && session.mayTake()) {
      decoder.feed(untaken);
    }
  }

  /// Bytes of the client that wait outside.
  int untakenBytes() {
    return untaken.remaining();
  }

  /// All that the server has said since the last time.
  List<Reply> replies() {
    parts.loop.runReady();
    ByteBuffer bytes = ByteBuffer.wrap(sent.toByteArray());
    sent.reset();
    return reader.read(bytes);
  }

  Reply reply() {
    List<Reply> replies = replies();
    if (replies.size() != 1) {
      throw new AssertionError("one reply: " + replies);
    }
    return replies.getFirst();
  }

  /// The client takes what has waited for it.
  void takeAll() {
    while (!unsent.isEmpty()) {
      unsent.removeFirst().run();
    }
  }

  private void put(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(bytes.position(), copy);
    sent.writeBytes(copy);
    if (!flushing) {
      flushing = true;
      parts.loop.execute(
          () -> {
            flushing = false;
            flushes++;
          });
    }
  }

  @Override
  public void send(ByteBuffer bytes) {
    put(bytes);
  }

  @Override
  public void sendPayload(ByteBuffer payload, Runnable done) {
    put(payload);
    if (reads) {
      parts.loop.execute(done);
    } else {
      unsent.add(done);
    }
  }

  @Override
  public boolean isWritable() {
    return writable;
  }

  @Override
  public void goOn() {
    parts.loop.execute(this::pump);
  }

  @Override
  public void close(String why) {
    closed.add(why);
  }
}
