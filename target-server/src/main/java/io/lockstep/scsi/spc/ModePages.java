package io.lockstep.scsi.spc;

import io.lockstep.scsi.Cdb;
import io.lockstep.scsi.ScsiResult;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Mode pages (SPC-4 7.5, SBC-3 6.5): read-write error recovery (01h), caching (08h), control
/// (0Ah), informational exceptions (1Ch). What MODE SELECT may change is WCE of the
/// caching page and D_SENSE and SWP of the control page; how errors are recovered is the mirror's
/// business. WCE is saved (PS) with the volume, with SP or without: after a takeover the other node
/// must promise the same. Immutable; changes make another.
///
/// @param descriptorSense D_SENSE: sense data in descriptor format
/// @param softwareWriteProtect SWP: refuse everything that changes the medium
/// @param mediumProtected whether the medium itself may only be read, whatever SWP says
/// @param writeCache WCE: GOOD to a write may come before its data are stable
public record ModePages(
    boolean descriptorSense,
    boolean softwareWriteProtect,
    boolean mediumProtected,
    boolean writeCache) {
  private static final int RECOVERY = 0x01;
  private static final int CACHING = 0x08;
  private static final int CONTROL = 0x0A;
  private static final int EXCEPTIONS = 0x1C;
  private static final int ALL_PAGES = 0x3F;
  private static final int D_SENSE = 0x04;
  private static final int SWP = 0x08;
  private static final int WCE = 0x04;
  private static final int PS = 0x80;

  /// How a disk begins.
  public static final ModePages DEFAULT = new ModePages(false, false, false, true);

  /// Whether everything that changes the medium is refused: WP of the device-specific parameter.
  public boolean isWriteProtected() {
    return softwareWriteProtect || mediumProtected;
  }

  /// These, over a medium that may only be read, or not.
  public ModePages withMediumProtected(boolean now) {
    return new ModePages(descriptorSense, softwareWriteProtect, now, writeCache);
  }

  /// These, with another WCE.
  public ModePages withWriteCache(boolean on) {
    return new ModePages(descriptorSense, softwareWriteProtect, mediumProtected, on);
  }

  /// After a reset: what is saved stays, and the medium is what it is.
  public ModePages reset() {
    return new ModePages(false, false, mediumProtected, writeCache);
  }

  /// What a MODE SENSE asks for (PC field).
  private enum Control {
    CURRENT,
    CHANGEABLE,
    DEFAULT,
    SAVED
  }

  /// The outcome of a MODE SELECT.
  public sealed interface Selected {
    record Changed(ModePages pages) implements Selected {}

    record Refused(ScsiResult result) implements Selected {}
  }

  /// Answers MODE SENSE(6) or (10) without its allocation length; a result if it cannot.
  ///
  /// @param blockBytes logical block size
  /// @param blockCount number of blocks
  /// @param data where the answer goes
  public Optional<ScsiResult> sense(byte[] cdb, int blockBytes, long blockCount, ByteBuffer data) {
    boolean ten = cdb[0] == 0x5A;
    Control control = Control.values()[Cdb.u8(cdb, 2) >> 6];
    int page = Cdb.u8(cdb, 2) & 0x3F;
    int subpage = Cdb.u8(cdb, 3);
    if (control == Control.SAVED && page != CACHING && page != ALL_PAGES) {
      return Optional.of(ScsiResult.savingParametersNotSupported());
    }
    if (subpage != 0x00 && subpage != 0xFF) {
      return Optional.of(ScsiResult.invalidFieldInCdb(3, -1));
    }
    boolean withDescriptor = !Cdb.bit(cdb, 1, 3);
    boolean longLba = ten && Cdb.bit(cdb, 1, 4);
    int header = ten ? 8 : 4;
    int descriptor = !withDescriptor ? 0 : longLba ? 16 : 8;
    data.position(header);
    putDescriptor(data, descriptor, blockBytes, blockCount);
    if (!putPages(data, page, control)) {
      return Optional.of(ScsiResult.invalidFieldInCdb(2, 5));
    }
    int length = data.position();
    // WP and DPOFUA of the device-specific parameter (SBC-3 6.5.1).
    byte device = (byte) (0x10 | (isWriteProtected() ? 0x80 : 0));
    if (ten) {
      data.putShort(0, (short) (length - 2)).put(2, (byte) 0).put(3, device);
      data.put(4, (byte) (longLba ? 1 : 0)).putShort(6, (short) descriptor);
    } else {
      data.put(0, (byte) (length - 1)).put(1, (byte) 0).put(2, device).put(3, (byte) descriptor);
    }
    return Optional.empty();
  }

  private static void putDescriptor(ByteBuffer data, int length, int blockBytes, long blockCount) {
    if (length == 8) {
      data.putInt((int) Math.min(blockCount, 0xFFFF_FFFFL)).putInt(blockBytes);
    } else if (length == 16) {
      data.putLong(blockCount).putInt(0).putInt(blockBytes);
    }
  }

  private boolean putPages(ByteBuffer data, int page, Control control) {
    int before = data.position();
    if (page == RECOVERY || page == ALL_PAGES) {
      data.put((byte) RECOVERY).put((byte) 10).put(new byte[10]);
    }
    if (page == CACHING || page == ALL_PAGES) {
      putCaching(data, control);
    }
    if (page == CONTROL || page == ALL_PAGES) {
      putControl(data, control);
    }
    if (page == EXCEPTIONS || page == ALL_PAGES) {
      data.put((byte) EXCEPTIONS).put((byte) 10).put(new byte[10]);
    }
    return data.position() > before;
  }

  private void putCaching(ByteBuffer data, Control control) {
    byte[] content = new byte[18];
    boolean set =
        switch (control) {
          case CURRENT, SAVED -> writeCache;
          case CHANGEABLE -> true;
          case DEFAULT -> DEFAULT.writeCache;
        };
    content[0] = (byte) (set ? WCE : 0);
    data.put((byte) (PS | CACHING)).put((byte) content.length).put(content);
  }

  private void putControl(ByteBuffer data, Control control) {
    byte[] content = new byte[10];
    switch (control) {
      case CURRENT -> {
        content[0] = (byte) (descriptorSense ? D_SENSE : 0);
        content[2] = (byte) (softwareWriteProtect ? SWP : 0);
      }
      case CHANGEABLE -> {
        content[0] = D_SENSE;
        content[2] = SWP;
      }
      case DEFAULT, SAVED -> {}
    }
    if (control != Control.CHANGEABLE) {
      content[1] = 0x10; // QUEUE ALGORITHM MODIFIER: unrestricted reordering
    }
    data.put((byte) CONTROL).put((byte) content.length).put(content);
  }

  /// Carries out MODE SELECT(6) or (10) with its parameter list. A block descriptor may only say
  /// what is so.
  public Selected select(byte[] cdb, byte[] list, int blockBytes, long blockCount) {
    boolean ten = cdb[0] == 0x55;
    int header = ten ? 8 : 4;
    if (list.length == 0) {
      return new Selected.Changed(this);
    }
    if (list.length < header) {
      return new Selected.Refused(ScsiResult.parameterListLengthError());
    }
    int descriptorBytes = ten ? Cdb.u16(list, 6) : Cdb.u8(list, 3);
    boolean longLba = ten && Cdb.bit(list, 4, 0);
    int at = header + descriptorBytes;
    if (at > list.length) {
      return new Selected.Refused(ScsiResult.parameterListLengthError());
    }
    if (descriptorBytes != 0 && descriptorBytes != (longLba ? 16 : 8)) {
      return new Selected.Refused(ScsiResult.invalidFieldInParameterList(ten ? 6 : 3));
    }
    if (descriptorBytes != 0 && !isSame(list, header, longLba, blockBytes, blockCount)) {
      return new Selected.Refused(ScsiResult.invalidFieldInParameterList(header));
    }
    ModePages next = this;
    while (at < list.length) {
      if (at + 2 > list.length || at + 2 + Cdb.u8(list, at + 1) > list.length) {
        return new Selected.Refused(ScsiResult.parameterListLengthError());
      }
      switch (next.selectPage(list, at)) {
        case Selected.Changed(ModePages changed) -> next = changed;
        case Selected.Refused refused -> {
          return refused;
        }
      }
      at += 2 + Cdb.u8(list, at + 1);
    }
    return new Selected.Changed(next);
  }

  /// Number of blocks: 0 for unchanged, all ones for the most; or the capacity. Block length: as it
  /// is (SBC-3 6.5.2).
  private static boolean isSame(
      byte[] list, int at, boolean longLba, int blockBytes, long blockCount) {
    long blocks = longLba ? Cdb.u64(list, at) : Cdb.u32(list, at);
    long most = longLba ? -1L : 0xFFFF_FFFFL;
    long bytes = longLba ? Cdb.u32(list, at + 12) : Cdb.u24(list, at + 5);
    return (blocks == 0 || blocks == most || blocks == blockCount) && bytes == blockBytes;
  }

  private Selected selectPage(byte[] list, int at) {
    int page = Cdb.u8(list, at) & 0x3F;
    int length = Cdb.u8(list, at + 1);
    ByteBuffer current = ByteBuffer.allocate(64);
    ByteBuffer changeable = ByteBuffer.allocate(64);
    boolean hasSubpage = Cdb.bit(list, at, 6);
    if (hasSubpage || page == ALL_PAGES || !putPages(current, page, Control.CURRENT)) {
      return new Selected.Refused(ScsiResult.invalidFieldInParameterList(at));
    }
    putPages(changeable, page, Control.CHANGEABLE);
    if (current.position() != length + 2) {
      return new Selected.Refused(ScsiResult.invalidFieldInParameterList(at + 1));
    }
    for (int index = 2; index < length + 2; index++) {
      int difference = (list[at + index] ^ current.get(index)) & ~changeable.get(index) & 0xFF;
      if (difference != 0) {
        return new Selected.Refused(ScsiResult.invalidFieldInParameterList(at + index));
      }
    }
    return new Selected.Changed(
        switch (page) {
          case CACHING -> withWriteCache((list[at + 2] & WCE) != 0);
          case CONTROL ->
              new ModePages(
                  (list[at + 2] & D_SENSE) != 0,
                  (list[at + 4] & SWP) != 0,
                  mediumProtected,
                  writeCache);
          default -> this;
        });
  }
}
