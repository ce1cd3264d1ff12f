package io.lockstep.node;

import io.lockstep.block.IoResult;
import io.lockstep.block.Refusal;
import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.verb.Answer;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeResult;
import java.util.Optional;

/// What whoever changed a volume is told of it.
///
/// @param primary the open group
record VolumeAnswers(ServedVolumes primary) {
  static final String SHOW_VOLUMES = "`lockstep volume list` shows them";

  Answer of(VolumeResult result, String name, int status) {
    return switch (result) {
      case VolumeResult.Refused(Refusal refusal) -> Answer.refused(refusal);
      case VolumeResult.Unknown(Refusal said) -> Answer.failed(said);
      case VolumeResult.Done _ -> {
        Optional<Volume> volume = volume(name);
        yield volume.isPresent()
            ? new Answer.Good(status, shown(volume.get()))
            : Answer.failed("Volume " + name, "it is gone already", SHOW_VOLUMES);
      }
    };
  }

  private VolumeInfo shown(Volume volume) {
    VolumeInfo info = VolumeView.of(primary, volume);
    return job(volume.name()).map(job -> info.under(job.id())).orElse(info);
  }

  Optional<Volume> volume(String name) {
    return primary.isOpen()
        ? primary.engine().volumes().stream().filter(it -> it.name().equals(name)).findFirst()
        : Optional.empty();
  }

  /// The job that gives a volume its size.
  Optional<JobInfo> job(String volume) {
    return primary.jobs().stream()
        .filter(job -> job.gives() && job.volume().equals(volume))
        .findFirst();
  }

  static Answer notStored(String what, IoResult result) {
    return Answer.failed(
        what,
        result.isOk() ? "this node is no longer Primary" : result.detail(),
        "look at `lockstep status`");
  }
}
