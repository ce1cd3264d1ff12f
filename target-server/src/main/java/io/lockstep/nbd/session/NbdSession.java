package io.lockstep.nbd.session;

import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.nbd.wire.CommandType;
import io.lockstep.nbd.wire.NbdError;
import io.lockstep.nbd.wire.Request;
import io.lockstep.nbd.wire.RequestFault;
import io.lockstep.nbd.wire.RequestSink;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The transmission phase of one connection (proto.md, "Transmission"): takes requests from a
/// decoder, gives answers to a [ReplyOutput]. Requests run side by side and are answered as they
/// end; changes of the same range go one after another.
///
/// Invariants: each request that was taken is answered once, or the connection ends; after
/// [#connectionLost] nothing is taken and nothing sent. What became of a change that the device
/// cannot tell of is never told: the connection ends without an answer, and a client that comes
/// again sends it again. Belongs to the loop of the export.
public final class NbdSession implements RequestSink {
  /// The longest piece of data: what a pool hands out gladly, and every device takes.
  static final int PIECE_BYTES_MAX = 1 << 20;

  /// How far the end of the session has come.
  private enum End {
    NONE,
    /// What has been taken is carried out, nothing more is taken, then the connection ends; or
    /// before, if that takes too long.
    DRAINING,
    /// What comes is refused.
    WITHDRAWN,
    /// The connection was told to end: nothing is answered any more.
    CLOSED
  }

  private final SessionLimits limits;
  private final NbdExport export;
  private final ReplyOutput output;
  private final RequestRules rules;
  private final RequestMemory memory;
  private final DeviceWork work;
  private final ReplySender sender;
  private final Standstill standstill;
  private final int pieceBytes;
  private final NbdRequest.Owner owner = new Events();

  private final List<NbdRequest> taken = new ArrayList<>();
  private final ArrayDeque<NbdRequest> spare = new ArrayDeque<>();

  /// The request whose payload is coming.
  private @Nullable NbdRequest current;

  /// Which of its pieces is filled next.
  private int pieceIndex;

  /// Requests whose data are on their way to the client.
  private int answering;

  /// Whether somebody was told that nothing is taken.
  private boolean paused;

  private End end = End.NONE;
  private String endWhy = "";
  /// Since when it is to end; -1 while nobody has looked.
  private long endingNanos = -1;

  private boolean lost;
  private Runnable quiet = () -> {};

  public NbdSession(SessionContext context, ReplyOutput output) {
    this.limits = context.limits();
    this.export = context.export();
    this.output = output;
    this.rules = new RequestRules(context.agreed(), export);
    this.memory = new RequestMemory(context.budget(), limits.bytesInFlightMax(), this::granted);
    this.work = new DeviceWork(context, rules, this::finish);
    this.sender = new ReplySender(context.agreed(), output);
    this.standstill = new Standstill(limits.standstillNanosMax());
    this.pieceBytes = Math.min(PIECE_BYTES_MAX, export.device().limits().transferBytesMax());
  }

  // --- taking requests ---

  /// Whether bytes of the client are to be fed to the decoder.
  public boolean mayTake() {
    boolean open = !lost && (end == End.NONE || end == End.WITHDRAWN);
    boolean room = current != null || (taken.size() < limits.requestsMax() && output.isWritable());
    boolean takes = open && room && !memory.isAwaited();
    paused |= !takes;
    return takes;
  }

  @Override
  public boolean requested(Request header) {
    if (lost || end == End.CLOSED || end == End.DRAINING) {
      return false;
    }
    if (header.type() == CommandType.DISC) {
      drain("the client disconnected");
      return false;
    }
    NbdRequest request = take(header);
    if (header.payloadBytes() > 0) {
      current = request;
      pieceIndex = 0;
    }
    admit(request);
    return mayTake();
  }

  private NbdRequest take(Request header) {
    NbdRequest request = spare.isEmpty() ? new NbdRequest(owner) : spare.removeLast();
    request.begin(header);
    request.slot = taken.size();
    taken.add(request);
    return request;
  }

  private void admit(NbdRequest request) {
    if (end == End.WITHDRAWN) {
      request.fail(NbdError.ESHUTDOWN, endWhy);
    } else {
      rules.admit(request);
    }
    if (request.error != null) {
      request.phase = NbdRequest.Phase.PAYLOAD;
      if (request != current) {
        finish(request);
      }
    } else if (!request.hasData() || memory.take(request, request.memoryBytes(pieceBytes))) {
      goOn(request);
    } else {
      request.phase = NbdRequest.Phase.MEMORY;
      memory.await();
    }
  }

  /// It had to wait for its memory.
  private void granted(NbdRequest request) {
    goOn(request);
    paused = false;
    output.goOn();
  }

  /// It has its memory.
  private void goOn(NbdRequest request) {
    if (request.hasData()) {
      request.borrowPieces(export.pool(), pieceBytes);
    }
    if (request == current) {
      request.phase = NbdRequest.Phase.PAYLOAD;
    } else {
      work.start(request);
    }
  }

  @Override
  public @Nullable ByteBuffer payloadRoom() {
    NbdRequest request = Check.present(current, "a request with a payload");
    standstill.moves();
    return request.error == null ? request.pieces.get(pieceIndex++) : null;
  }

  @Override
  public boolean payloadTaken() {
    NbdRequest request = Check.present(current, "a request with a payload");
    current = null;
    standstill.moves();
    if (end == End.WITHDRAWN) {
      request.fail(NbdError.ESHUTDOWN, endWhy);
    }
    if (request.error != null) {
      finish(request);
    } else {
      for (ByteBuffer piece : request.pieces) {
        piece.position(0);
      }
      work.start(request);
    }
    return mayTake();
  }

  @Override
  public void broken(RequestFault fault) {
    close(fault.sentence());
  }

  // --- answering them ---

  /// The outcome of a request is known.
  private void finish(NbdRequest request) {
    if (request.error == null && !request.worst.isOk()) {
      judge(request, request.worst);
    }
    if (lost || end == End.CLOSED) {
      release(request);
      return;
    }
    request.underWay = sender.send(request);
    if (request.underWay == 0) {
      release(request);
    } else {
      request.phase = NbdRequest.Phase.ANSWER;
      answering++;
    }
  }

  /// What an I/O result means to a client.
  private void judge(NbdRequest request, IoResult why) {
    request.errorOffset = request.worstOffset;
    switch (why.reason()) {
      case OK -> {}
      case MEDIUM_ERROR -> request.fail(NbdError.EIO, "the disks fail here");
      case NO_SPACE -> request.fail(NbdError.ENOSPC, "there is no space left");
      case WRITE_PROTECTED -> request.fail(NbdError.EPERM, "this export may only be read");
      case NOT_READY, CLOSED, BUSY -> {
        if (end == End.WITHDRAWN) {
          request.fail(NbdError.ESHUTDOWN, endWhy);
        } else {
          close(why.detail());
        }
      }
    }
  }

  private void release(NbdRequest request) {
    Check.that(taken.get(request.slot) == request, "a request ends once");
    NbdRequest last = taken.removeLast();
    if (last != request) {
      last.slot = request.slot;
      taken.set(last.slot, last);
    }
    request.giveBackPieces(export.pool());
    request.phase = NbdRequest.Phase.NONE;
    memory.release(request);
    spare.addLast(request);
    if (paused) {
      paused = false;
      output.goOn();
    }
    endIfIdle();
  }

  /// What requests, the device and the output tell.
  private final class Events implements NbdRequest.Owner {
    @Override
    public void admitted(NbdRequest request) {
      if (end == End.WITHDRAWN) {
        request.fail(NbdError.ESHUTDOWN, endWhy);
      }
      if (lost || request.error != null) {
        work.end(request);
      } else {
        work.run(request);
      }
    }

    @Override
    public void deviceDone(NbdRequest request) {
      work.ended(request, !lost && end != End.CLOSED);
    }

    @Override
    public void sent(NbdRequest request) {
      standstill.moves();
      request.underWay--;
      if (request.underWay == 0) {
        answering--;
        release(request);
      }
    }
  }

  // --- the end ---

  /// Looks after a client that stands still; called every second.
  public void tick(long nowNanos) {
    boolean due = (current != null && !memory.isAwaited()) || answering > 0;
    if (standstill.isOver(due, nowNanos)) {
      close("the client stands still in the middle of a request");
    } else if (end == End.WITHDRAWN || end == End.DRAINING) {
      endingNanos = endingNanos < 0 ? nowNanos : endingNanos;
      if (nowNanos - endingNanos >= limits.endNanosMax()) {
        close(endWhy);
      }
    }
  }

  /// The node goes, or the export goes elsewhere: what was taken is carried out and answered, then
  /// the connection ends. Nothing fails: a client that comes again finds the export, here or there.
  public void shutDown(String why) {
    if (end == End.NONE) {
      drain(why);
    }
  }

  private void drain(String why) {
    end = End.DRAINING;
    endWhy = why;
    dropUnbegun();
    endIfIdle();
  }

  /// The export is taken away for good: what is not under way at the device, and whatever comes,
  /// fails with ESHUTDOWN, and the client has a moment to go by itself (proto.md, "Terminating the
  /// transmission phase").
  public void withdraw(String why) {
    if (end != End.NONE || lost) {
      return;
    }
    end = End.WITHDRAWN;
    endWhy = why;
    NbdRequest waiting = memory.giveUp();
    if (waiting != null) {
      waiting.fail(NbdError.ESHUTDOWN, why);
      waiting.phase = NbdRequest.Phase.PAYLOAD;
      if (waiting != current) {
        finish(waiting);
      }
    }
    for (NbdRequest request : List.copyOf(taken)) {
      if (request.phase == NbdRequest.Phase.RANGE) {
        request.fail(NbdError.ESHUTDOWN, why);
        work.end(request);
      }
    }
    paused = false;
    output.goOn();
  }

  /// Requests that have not all that they need are let go without an answer.
  private void dropUnbegun() {
    NbdRequest waiting = memory.giveUp();
    NbdRequest coming = current;
    current = null;
    if (waiting != null) {
      release(waiting);
    }
    if (coming != null && coming != waiting) {
      release(coming);
    }
  }

  private void close(String why) {
    if (end != End.CLOSED && !lost) {
      end = End.CLOSED;
      output.close(why);
    }
  }

  private void endIfIdle() {
    if (!taken.isEmpty()) {
      return;
    }
    if (lost) {
      Runnable told = quiet;
      quiet = () -> {};
      told.run();
    } else if (end == End.DRAINING) {
      close(endWhy);
    }
  }

  /// The connection is gone. Told once; nothing is sent any more.
  ///
  /// @param whenQuiet runs when nothing of this session is under way at the device any more
  public void connectionLost(Runnable whenQuiet) {
    Check.that(!lost, "a connection is lost once");
    lost = true;
    quiet = whenQuiet;
    dropUnbegun();
    for (NbdRequest request : List.copyOf(taken)) {
      if (request.phase == NbdRequest.Phase.RANGE) {
        work.end(request);
      }
    }
    endIfIdle();
  }

  /// Requests that were taken and not let go.
  public int requestsInFlight() {
    return taken.size();
  }
}
