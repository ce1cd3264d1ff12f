package io.lockstep.nbd.session;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.RangeQueue;
import io.lockstep.nbd.wire.CommandFlag;
import io.lockstep.nbd.wire.CommandType;
import io.lockstep.nbd.wire.NbdError;
import io.lockstep.nbd.wire.Request;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One request, from its header until its answer has left; used again.
///
/// ```
///  MEMORY ─► PAYLOAD ─► RANGE ─► DEVICE ─► ANSWER
/// ```
///
/// Its data lie in pieces that the device takes, each a buffer of the pool.
final class NbdRequest extends RangeQueue.Entry implements Completion {
  /// What a request waits for.
  enum Phase {
    NONE,
    MEMORY,
    PAYLOAD,
    RANGE,
    DEVICE,
    ANSWER
  }

  /// Who looks after it.
  interface Owner {
    /// Its range is its own now.
    void admitted(NbdRequest request);

    /// What it had under way at the device has ended.
    void deviceDone(NbdRequest request);

    /// A piece of its answer is not needed any more.
    void sent(NbdRequest request);
  }

  private final Owner owner;
  private final Runnable sent;

  Phase phase = Phase.NONE;
  private @Nullable CommandType type;
  private int flags;
  private long cookie;
  private long offset;
  private long length;

  /// Buffers of the pool, in order.
  final List<ByteBuffer> pieces = new ArrayList<>();

  /// Memory that was granted for them.
  long grantedBytes;

  /// What comes of a BLOCK_STATUS, for each context.
  final List<List<Extent>> extents = new ArrayList<>();

  /// Operations at the device, or pieces of the answer, that have not ended.
  int underWay;

  /// How often the device was asked.
  int tries;

  /// The first failure at the device, and where it begins; the whole request if that is unknown.
  IoResult worst = IoResult.OK;

  long worstOffset;

  /// Set when the request fails.
  @Nullable NbdError error;

  String message = "";

  /// Where the failure begins, if that is known; else -1.
  long errorOffset;

  /// Where a session keeps it among those that it has taken.
  int slot;

  NbdRequest(Owner owner) {
    this.owner = owner;
    this.sent = () -> owner.sent(this);
  }

  void begin(Request header) {
    type = header.type();
    flags = header.flags();
    cookie = header.cookie();
    offset = header.offset();
    length = header.length();
    underWay = 0;
    tries = 0;
    worst = IoResult.OK;
    error = null;
    message = "";
    errorOffset = -1;
    extents.clear();
  }

  /// Null for one that is not known: it fails at once.
  @Nullable CommandType anyType() {
    return type;
  }

  CommandType type() {
    return Check.present(type, "a known command");
  }

  boolean has(CommandFlag flag) {
    return flag.isIn(flags);
  }

  int flags() {
    return flags;
  }

  long cookie() {
    return cookie;
  }

  long offset() {
    return offset;
  }

  long length() {
    return length;
  }

  BlockRange range() {
    return new BlockRange(offset, length);
  }

  Durability durability() {
    return has(CommandFlag.FUA) ? Durability.FUA : Durability.WRITE_BACK;
  }

  /// Whether its range must be its own.
  boolean needsRange() {
    return type().changes() && length > 0;
  }

  /// Whether it has data, to or from the client.
  boolean hasData() {
    return length > 0 && (type == CommandType.READ || type == CommandType.WRITE);
  }

  void fail(NbdError why, String sentence) {
    error = why;
    message = sentence;
  }

  /// What its data take of memory, in pieces of so many bytes.
  long memoryBytes(int pieceBytes) {
    long whole = length / pieceBytes;
    int rest = (int) (length % pieceBytes);
    return whole * BufferPool.memoryBytes(pieceBytes) + BufferPool.memoryBytes(rest);
  }

  void borrowPieces(BufferPool pool, int pieceBytes) {
    for (long at = 0; at < length; at += pieceBytes) {
      pieces.add(pool.borrow((int) Math.min(pieceBytes, length - at)));
    }
  }

  void giveBackPieces(BufferPool pool) {
    pieces.forEach(pool::giveBack);
    pieces.clear();
  }

  /// What runs when a piece of its answer is not needed any more, the same object for life.
  Runnable sent() {
    return sent;
  }

  @Override
  protected void admitted() {
    owner.admitted(this);
  }

  /// The one operation of most requests; of several, each has a completion of its own.
  @Override
  public void completed(IoResult result) {
    completed(result, offset);
  }

  /// An operation that began at `from` has ended.
  void completed(IoResult result, long from) {
    if (!result.isOk() && worst.isOk()) {
      worst = result;
      worstOffset = from;
    }
    underWay--;
    if (underWay == 0) {
      owner.deviceDone(this);
    }
  }
}
