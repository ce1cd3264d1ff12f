package io.lockstep.control;

import io.lockstep.control.api.ConnectInfo;
import io.lockstep.control.api.ConnectInfo.Recipe;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.HostSettings;
import java.util.List;

/// The exact commands with which hosts use an exported volume. Pure.
final class Recipes {
  private Recipes() {}

  static ConnectInfo of(ExportInfo export) {
    return new ConnectInfo(
        export.volume(),
        export.iqn(),
        export.lun(),
        export.portals(),
        List.of(
            openIscsi(export),
            qemu(export),
            libvirt(export),
            new Recipe(
                "multipath-tools", HostSettings.MULTIPATH_NOTE, HostSettings.MULTIPATH.strip()),
            new Recipe("iscsid", HostSettings.ISCSID_NOTE, HostSettings.ISCSID.strip())));
  }

  private static Recipe openIscsi(ExportInfo export) {
    StringBuilder text = new StringBuilder();
    for (String portal : export.portals()) {
      text.append("iscsiadm -m discovery -t sendtargets -p ").append(portal).append('\n');
    }
    for (String portal : export.portals()) {
      text.append("iscsiadm -m node -T ").append(export.iqn());
      text.append(" -p ").append(portal).append(" --login\n");
    }
    for (String portal : export.portals()) {
      text.append("iscsiadm -m node -T ").append(export.iqn());
      text.append(" -p ").append(portal).append(" --logout\n");
    }
    return new Recipe(
        "open-iscsi",
        "The volume becomes a disk of the host; multipath-tools joins the two paths into one. Run"
            + " as root; the last lines log out again.",
        text.toString().strip());
  }

  private static Recipe qemu(ExportInfo export) {
    String url = url(export);
    return new Recipe(
        "QEMU",
        "Through libiscsi, without root and without a disk on the host. " + note(export),
        """
        qemu-img info %s
        qemu-system-x86_64 -enable-kvm -m 2G -drive file=%s,format=raw,if=virtio,cache=%s"""
            .formatted(url, url, qemuCache(export)));
  }

  private static Recipe libvirt(ExportInfo export) {
    String portal = export.portals().getFirst();
    int colon = portal.lastIndexOf(':');
    String host = portal.substring(0, colon).replace("[", "").replace("]", "");
    return new Recipe(
        "libvirt",
        "A disk of a domain: put it into the file and run `virsh attach-device DOMAIN FILE"
            + " --persistent`.",
        """
        <disk type='network' device='disk'>
          <driver name='qemu' type='raw' cache='%s'/>
          <source protocol='iscsi' name='%s/%d'>
            <host name='%s' port='%s'/>
          </source>
          <target dev='vda' bus='virtio'/>
        </disk>"""
            .formatted(
                qemuCache(export), export.iqn(), export.lun(), host, portal.substring(colon + 1)));
  }

  /// Without a write cache the guest is told that there is none; with one, that it must flush.
  private static String qemuCache(ExportInfo export) {
    return export.cachesWrites() ? "none" : "directsync";
  }

  private static String note(ExportInfo export) {
    return export.cachesWrites()
        ? "The guest sees a disk with a write cache, and its flushes reach both nodes."
        : "The volume's write cache is off: each write is on both disks before it is done.";
  }

  private static String url(ExportInfo export) {
    return "iscsi://%s/%s/%d".formatted(export.portals().getFirst(), export.iqn(), export.lun());
  }
}
