package io.lockstep.nbd.session;

import io.lockstep.nbd.wire.CommandFlag;
import io.lockstep.nbd.wire.CommandType;
import io.lockstep.nbd.wire.NbdError;

/// Whether a request may be carried out (proto.md, "Request types", "Error values"). One that may
/// not fails with what the document says, and a sentence.
final class RequestRules {
  private final Agreed agreed;
  private final NbdExport export;

  RequestRules(Agreed agreed, NbdExport export) {
    this.agreed = agreed;
    this.export = export;
  }

  /// @return whether it may go on; else its error is set
  boolean admit(NbdRequest request) {
    CommandType type = request.anyType();
    if (type == null) {
      request.fail(NbdError.EINVAL, "this command is not known here");
    } else if (!type.takes(request.flags())) {
      request.fail(NbdError.EINVAL, "this command does not take such flags");
    } else if (type.changes() && export.facts().isReadOnly()) {
      request.fail(NbdError.EPERM, "this export may only be read");
    } else {
      switch (type) {
        case READ -> admitRead(request);
        case WRITE -> admitWrite(request);
        case TRIM -> admitTrim(request);
        case WRITE_ZEROES -> admitZeroes(request);
        case FLUSH -> admitFlush(request);
        case BLOCK_STATUS -> admitBlockStatus(request);
        case CACHE -> admitRange(request);
        case DISC -> {}
      }
    }
    return request.error == null;
  }

  private void admitRead(NbdRequest request) {
    boolean whole = request.has(CommandFlag.DF);
    if (whole && !agreed.structured()) {
      request.fail(NbdError.EINVAL, "DF is for structured replies");
    } else if (request.length() > export.facts().sizes().maximum()) {
      NbdError error = whole ? NbdError.EOVERFLOW : NbdError.EINVAL;
      request.fail(error, "more than the maximum block size");
    } else {
      admitRange(request);
    }
  }

  private void admitWrite(NbdRequest request) {
    if (request.length() > export.facts().sizes().maximum()) {
      request.fail(NbdError.EINVAL, "more than the maximum block size");
    } else {
      admitRange(request);
    }
  }

  private void admitTrim(NbdRequest request) {
    if (export.facts().trims()) {
      admitRange(request);
    } else {
      request.fail(NbdError.EINVAL, "this export does not offer TRIM");
    }
  }

  /// Zeroing is cheap where it may give the space back, and the device can do that.
  private void admitZeroes(NbdRequest request) {
    admitRange(request);
    if (request.error == null && request.has(CommandFlag.FAST_ZERO) && !punches(request)) {
      request.fail(NbdError.ENOTSUP, "zeroes would take as long as a write");
    }
  }

  /// Whether a WRITE_ZEROES gives back the space.
  boolean punches(NbdRequest request) {
    return !request.has(CommandFlag.NO_HOLE) && export.device().limits().discardZeroes();
  }

  private static void admitFlush(NbdRequest request) {
    if (request.offset() != 0 || request.length() != 0) {
      request.fail(NbdError.EINVAL, "a flush is of everything");
    }
  }

  private void admitBlockStatus(NbdRequest request) {
    if (agreed.contexts().isEmpty()) {
      request.fail(NbdError.EINVAL, "no meta context was chosen");
    } else if (request.length() == 0) {
      request.fail(NbdError.EINVAL, "a status of nothing");
    } else {
      admitRange(request);
    }
  }

  /// Against the size of now: it may have grown, and it may have shrunk while the request waited.
  ///
  /// @return whether it may go on; else its error is set
  boolean admitRange(NbdRequest request) {
    long offset = request.offset();
    long length = request.length();
    int unit = export.facts().sizes().minimum();
    if (offset % unit != 0 || length % unit != 0) {
      request.fail(NbdError.EINVAL, "not in blocks of %d bytes".formatted(unit));
    } else if (offset < 0 || offset > export.device().limits().sizeBytes() - length) {
      request.fail(beyond(request.type()), "beyond the end of the export");
    }
    return request.error == null;
  }

  private static NbdError beyond(CommandType type) {
    return switch (type) {
      case WRITE, WRITE_ZEROES -> NbdError.ENOSPC;
      case READ, TRIM, CACHE, BLOCK_STATUS, FLUSH, DISC -> NbdError.EINVAL;
    };
  }
}
