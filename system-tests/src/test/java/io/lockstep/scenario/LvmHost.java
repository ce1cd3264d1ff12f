package io.lockstep.scenario;

import io.lockstep.lab.Guest;
import io.lockstep.lab.KernelLab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A guest with lvm2 and device mapper, and one disk for them: the copy of an image, behind a loop
/// device. An image comes and goes under a name of its own each time, since a guest remembers what
/// it has read of a file of the host.
final class LvmHost {
  /// The group on the disk.
  static final String GROUP = "vgt";

  private static final Duration COMMAND_MAX = Duration.ofSeconds(60);
  private static final List<String> SETTINGS = List.of("lvm.conf", "lvmlocal.conf");

  private final Guest guest;
  private int imageCount;

  private LvmHost(Guest guest) {
    this.guest = guest;
  }

  static LvmHost begin(KernelLab lab) throws IOException {
    Guest guest = lab.newGuest();
    SETTINGS.forEach(name -> KernelLab.copyResource(name, guest.disk(), false));
    guest.start();
    LvmHost host = new LvmHost(guest);
    host.run("modprobe -a loop dm-mod dm-snapshot dm-delay");
    return host;
  }

  /// Runs a script, which ends at its first command that fails. In it, `make VOLUME` makes
  /// a disk with a group and a volume of 16 MiB of noise, and `scribble DEVICE` writes fifteen
  /// pieces of noise at random places.
  String run(String script) {
    String head =
        """
        set -e -o pipefail
        export LVM_SYSTEM_DIR=%1$s LVM_SUPPRESS_FD_WARNINGS=1
        make() {
          truncate -s 96M /run/pv.img
          losetup /dev/loop0 /run/pv.img
          pvcreate /dev/loop0
          vgcreate %2$s /dev/loop0
          lvcreate -y -Zn -Wn -L 16M -n $1 %2$s
          dd if=/dev/urandom of=/dev/%2$s/$1 bs=1M count=16 conv=fsync status=none
        }
        scribble() {
          local sectors piece
          sectors=$(blockdev --getsz "$1")
          for piece in $(seq 15); do
            dd if=/dev/urandom of="$1" bs=512 count=$((1 + RANDOM %% 200)) \\
              seek=$(((RANDOM * 32768 + RANDOM) %% (sectors - 200))) conv=notrunc status=none
          done
          sync "$1"
        }
        """
            .formatted(guest.disk(), GROUP);
    return guest.run(COMMAND_MAX, head + script);
  }

  /// Where an image lies that the guest shall [#attach].
  Path newImage() {
    imageCount++;
    return guest.disk().resolve("pv%d.img".formatted(imageCount));
  }

  /// Puts a disk with what the image holds into the guest; nothing of it is active yet.
  void attach(Path image) {
    run(
        """
        cp --sparse=always %s /run/pv.img
        losetup /dev/loop0 /run/pv.img
        """
            .formatted(image));
  }

  /// Ends all use of the disk and takes it out.
  ///
  /// @return an image of what it holds then
  Path detach() throws IOException {
    Path image = newImage();
    run(
        """
        vgchange -an %s
        losetup -d /dev/loop0
        cp --sparse=always /run/pv.img %s
        sync %s
        rm /run/pv.img
        """
            .formatted(GROUP, image, image));
    if (!Files.exists(image)) {
      throw new IOException("the guest left no " + image);
    }
    return image;
  }

  /// Ends what a test that failed has left there.
  void clear() {
    run(
        """
        if [ -e /run/pv.img ]; then
          dmsetup remove_all --force
          rm -rf /dev/%s
          losetup -D
          rm /run/pv.img
        fi
        """
            .formatted(GROUP));
  }

  /// What each volume that can be read holds: its SHA-256, by its name. All are active.
  Map<String, String> digests() {
    Map<String, String> digests = new TreeMap<>();
    String script =
        """
        for volume in $(lvs --noheadings -o lv_name %1$s); do
          if sum=$(sha256sum <"/dev/%1$s/$volume" 2>/dev/null); then echo "$volume $sum"; fi
        done
        """
            .formatted(GROUP);
    for (String line : run(script).lines().filter(it -> !it.isBlank()).toList()) {
      String[] words = line.split(" ");
      digests.put(words[0], words[1]);
    }
    return digests;
  }

  /// What a field of the report says of each volume that is shown.
  Map<String, String> report(String field) {
    Map<String, String> values = new TreeMap<>();
    String lines =
        run(
            "lvs --noheadings --nosuffix --units b --separator : -o lv_name,%s %s"
                .formatted(field, GROUP));
    for (String line : lines.lines().filter(it -> !it.isBlank()).toList()) {
      String[] fields = line.strip().split(":", -1);
      values.put(fields[0], fields[1]);
    }
    return values;
  }
}
