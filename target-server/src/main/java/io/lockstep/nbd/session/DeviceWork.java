package io.lockstep.nbd.session;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.nbd.wire.CommandFlag;
import io.lockstep.nbd.wire.NbdError;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/// Carries requests out at the device. What the device cannot take at present is tried again.
///
/// Invariant: a change holds its range from its first operation until its last has ended.
final class DeviceWork {
  /// How often and how long something is tried again that the device has no place for: no error is
  /// made of it, since nothing has failed.
  static final int TRIES_MAX = 1000;

  static final long PAUSE_NANOS = 10_000_000L;

  /// Extents of one context in one answer.
  static final int EXTENTS_MAX = 4096;

  private final Agreed agreed;
  private final NbdExport export;
  private final RequestRules rules;
  private final Loop loop;
  private final Consumer<NbdRequest> done;

  /// @param done takes a request whose outcome is known: its error is set, or it has succeeded
  DeviceWork(SessionContext context, RequestRules rules, Consumer<NbdRequest> done) {
    this.agreed = context.agreed();
    this.export = context.export();
    this.rules = rules;
    this.loop = context.loop();
    this.done = done;
  }

  /// From here on it ends by `done`.
  void start(NbdRequest request) {
    request.phase = NbdRequest.Phase.RANGE;
    if (!request.needsRange()
        || export.changes().enter(request, request.offset(), request.length())) {
      run(request);
    }
  }

  /// Its range is its own. What goes on here is inside: an exception is a bug.
  void run(NbdRequest request) {
    request.phase = NbdRequest.Phase.DEVICE;
    request.worst = IoResult.OK;
    request.underWay = 1;
    try {
      if (rules.admitRange(request) && (request.length() > 0 || isFlush(request))) {
        perform(request, export.device());
      } else {
        end(request);
      }
    } catch (RuntimeException bug) {
      throw Check.bug(bug);
    }
  }

  private static boolean isFlush(NbdRequest request) {
    return switch (request.type()) {
      case FLUSH -> true;
      case READ, WRITE, TRIM, WRITE_ZEROES, CACHE, BLOCK_STATUS, DISC -> false;
    };
  }

  private void perform(NbdRequest request, BlockDevice device) {
    long offset = request.offset();
    long length = request.length();
    switch (request.type()) {
      case READ, WRITE -> transfer(request, device);
      case FLUSH -> device.flush(request);
      case TRIM -> device.discard(offset, length, request.durability(), request);
      case WRITE_ZEROES -> {
        if (rules.punches(request)) {
          device.discard(offset, length, request.durability(), request);
        } else {
          device.writeZeroes(offset, length, request.durability(), request);
        }
      }
      case BLOCK_STATUS -> describe(request);
      // A hint, and the device keeps nothing in memory.
      case CACHE, DISC -> end(request);
    }
  }

  private void transfer(NbdRequest request, BlockDevice device) {
    List<ByteBuffer> pieces = request.pieces;
    if (pieces.size() == 1) {
      ByteBuffer piece = pieces.getFirst();
      if (request.type().changes()) {
        device.write(request.offset(), piece, request.durability(), request);
      } else {
        device.read(request.offset(), piece, request);
      }
      return;
    }
    request.underWay = pieces.size();
    long at = request.offset();
    for (ByteBuffer piece : pieces) {
      long from = at;
      if (request.type().changes()) {
        device.write(from, piece, request.durability(), result -> request.completed(result, from));
      } else {
        device.read(from, piece, result -> request.completed(result, from));
      }
      at += piece.remaining();
    }
  }

  /// What the next context says; then the one after.
  private void describe(NbdRequest request) {
    int index = request.extents.size();
    if (index == agreed.contexts().size()) {
      end(request);
      return;
    }
    String context = agreed.contexts().get(index);
    int most = request.has(CommandFlag.REQ_ONE) ? 1 : EXTENTS_MAX;
    BlockStatusSource source = export.contexts().get(context);
    if (source == null) {
      request.fail(NbdError.EINVAL, "there is no %s any more".formatted(context));
      end(request);
      return;
    }
    source.describe(
        request.range(),
        most,
        (result, extents) -> {
          if (result.isOk()) {
            checkExtents(request, extents, most);
            request.extents.add(extents);
            describe(request);
          } else {
            request.completed(result);
          }
        });
  }

  private static void checkExtents(NbdRequest request, List<Extent> extents, int most) {
    long left = request.length();
    for (Extent extent : extents) {
      left -= extent.length();
      Check.that(extent.length() > 0 && left >= 0, "extents of the range", left, 0);
    }
    Check.that(!extents.isEmpty() && extents.size() <= most, "as many extents as asked for");
  }

  /// The last operation has ended.
  ///
  /// @param again whether it is still worth another try
  void ended(NbdRequest request, boolean again) {
    IoResult worst = request.worst;
    if (again && worst.reason() == IoResult.Reason.BUSY && request.tries < TRIES_MAX) {
      request.tries++;
      loop.schedule(() -> run(request), PAUSE_NANOS);
    } else {
      end(request);
    }
  }

  /// It is over, wherever it was.
  void end(NbdRequest request) {
    request.underWay = 0;
    if (request.isQueued()) {
      export.changes().leave(request);
    }
    done.accept(request);
  }
}
