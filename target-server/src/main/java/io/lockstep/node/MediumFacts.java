package io.lockstep.node;

import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.volume.Serving;
import io.lockstep.volume.Volume;
import java.util.List;

/// What hosts are told of a volume's medium on both nodes, by the one that serves it or from the
/// local copy. While a job lets a volume grow, hosts see the size that it had before, at either
/// node: otherwise the paths to it would differ, and each step would be news. Immutable.
///
/// @param sizeBytes any number: the other node said it
/// @param writeProtected whether it may only be read
public record MediumFacts(long sizeBytes, boolean writeProtected) {
  /// Of a volume on a disk of this node, with the jobs that have not ended there.
  static MediumFacts of(Volume volume, Serving serving, List<JobRecord> jobs) {
    long shown =
        jobs.stream()
            .filter(job -> job.isUnfinished(volume) && !job.creates())
            .mapToLong(JobRecord::shownBytes)
            .findFirst()
            .orElse(volume.hostBytes());
    return new MediumFacts(
        Math.min(shown, volume.hostBytes()), serving instanceof Serving.ReadOnly);
  }

  /// The same, as the other node reported it.
  static MediumFacts of(VolumeInfo volume, List<JobInfo> jobs) {
    long gained =
        jobs.stream()
            .filter(job -> job.volume().equals(volume.name()))
            .filter(job -> job.gives() && !job.creates())
            .mapToLong(JobInfo::bytesDone)
            .findFirst()
            .orElse(0);
    return new MediumFacts(volume.sizeBytes() - gained, volume.readOnlyReason() != null);
  }
}
