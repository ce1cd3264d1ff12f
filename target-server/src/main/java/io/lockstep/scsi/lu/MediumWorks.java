package io.lockstep.scsi.lu;

import io.lockstep.block.Check;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.sbc.MediumRequest;
import io.lockstep.scsi.sbc.MediumRequest.Action;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/// The commands on the medium of a logical unit: one object for each that is under way, used again
/// afterwards.
final class MediumWorks {
  private final Workplace place;
  private final Map<Action, ArrayDeque<MediumWork>> spares = new EnumMap<>(Action.class);

  MediumWorks(Workplace place) {
    this.place = place;
    for (Action action : Action.values()) {
      spares.put(action, new ArrayDeque<>());
    }
  }

  /// What carries out `request` for `task`.
  MediumWork begin(ScsiTask task, MediumRequest request) {
    ArrayDeque<MediumWork> spare = Check.present(spares.get(request.action()), "all have theirs");
    MediumWork work = spare.pollLast();
    if (work == null) {
      work = make(request.action(), spare::addLast);
    }
    work.begin(task, request);
    return work;
  }

  private MediumWork make(Action action, Consumer<MediumWork> spare) {
    return switch (action) {
      case READ -> new ReadWork(place, spare);
      case WRITE -> new WriteWork(place, spare);
      case WRITE_AND_VERIFY -> new WriteAndVerifyWork(place, spare);
      case VERIFY -> new VerifyWork(place, spare, VerifyWork.Expected.READABLE);
      case COMPARE -> new VerifyWork(place, spare, VerifyWork.Expected.DATA_OUT);
      case COMPARE_SAME -> new VerifyWork(place, spare, VerifyWork.Expected.ONE_BLOCK);
      case COMPARE_AND_WRITE -> new CompareAndWriteWork(place, spare);
      case WRITE_SAME, WRITE_ZEROES -> new WriteSameWork(place, spare);
      case UNMAP -> new UnmapWork(place, spare);
      case SYNCHRONIZE -> new FlushWork(place, spare);
      case PREFETCH -> new PrefetchWork(place, spare);
    };
  }
}
