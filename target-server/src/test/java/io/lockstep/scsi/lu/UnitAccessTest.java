package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import io.lockstep.scsi.Command;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.TargetPort;
import io.lockstep.scsi.UnderReservation.Kind;
import io.lockstep.scsi.UnitAttention;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The order in which reasons to refuse a command count.
@Tag("unit")
class UnitAccessTest {
  private static final byte[] CDB = new byte[16];

  private final VirtualLoop loop = new VirtualLoop();
  private final Nexus nexus = new Nexus("iqn.host", 1, 1);
  private final Attentions attentions = new Attentions();
  private final UnitMedium medium =
      new UnitMedium(
          new MediumForm(512),
          new PortAccess(TargetPort.ofNode("iqn.a", 0), attentions),
          attentions);
  private final UnitModes modes = new UnitModes(attentions, medium, new BufferPool(1 << 20), loop);
  private Optional<Kind> reserved = Optional.empty();
  private final UnitAccess access = new UnitAccess(attentions, medium, modes, _ -> reserved);

  private Optional<ScsiResult> refusal(Command command) {
    return access.refusal(nexus, command, CDB);
  }

  private void serve() {
    medium.serve(new MemoryDevice(loop, 1 << 20, 512, 4096), 1 << 20);
  }

  @Test
  void aUnitAttentionComesFirstThenTheStateOfThePortThenTheReservation() {
    reserved = Optional.of(Kind.EXCLUSIVE_ACCESS);
    attentions.opened(nexus);
    assertThat(refusal(Command.WRITE_16))
        .contains(ScsiResult.unitAttention(UnitAttention.POWER_ON_OR_RESET));
    assertThat(refusal(Command.WRITE_16)).contains(ScsiResult.standby());
    attentions.closed(nexus);
    serve();
    assertThat(refusal(Command.WRITE_16)).contains(new ScsiResult.ReservationConflict());
    reserved = Optional.empty();
    assertThat(refusal(Command.WRITE_16)).isEmpty();
  }

  @Test
  void whatTellsOfTheUnitPassesAttentionsAndReservations() {
    reserved = Optional.of(Kind.EXCLUSIVE_ACCESS);
    attentions.opened(nexus);
    assertThat(refusal(Command.INQUIRY)).isEmpty();
    assertThat(refusal(Command.REQUEST_SENSE)).isEmpty();
    assertThat(attentions.next(nexus)).as("it is not told").isPresent();
    assertThat(refusal(Command.READ_CAPACITY_16)).as("in standby too").isEmpty();
  }

  @Test
  void aReservationCountsInStandbyToo() {
    reserved = Optional.of(Kind.WRITE_EXCLUSIVE);
    assertThat(refusal(Command.MODE_SENSE_6)).isEmpty();
    assertThat(refusal(Command.MODE_SELECT_6)).contains(new ScsiResult.ReservationConflict());
    serve();
    assertThat(refusal(Command.READ_16)).isEmpty();
  }

  @Test
  void aMediumThatMayOnlyBeReadIsReadOnlyForAll() {
    assertThat(access.isReadOnly()).isFalse();
    modes.mediumProtected(true);
    assertThat(access.isReadOnly()).isTrue();
  }
}
