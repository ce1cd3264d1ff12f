package io.lockstep.control.api;

/// What a Linux host should have in its settings so that it lives well with a pair: the very lines
/// that `lockstep connect` prints, and with which the kernel lab's host runs.
public final class HostSettings {
  /// For `/etc/multipath.conf`. The vendor and the product are those of INQUIRY.
  public static final String MULTIPATH =
      """
      devices {
        device {
          vendor "LOCKSTEP"
          product "VOLUME"
          path_grouping_policy group_by_prio
          prio alua
          detect_prio yes
          path_checker tur
          failback immediate
          no_path_retry 60
          fast_io_fail_tmo 5
        }
      }
      """;

  /// What they cost.
  public static final String MULTIPATH_NOTE =
      "For /etc/multipath.conf, once for all volumes; then `multipathd reconfigure`. Paths are"
          + " grouped by what the nodes say of themselves (ALUA), and I/O goes back to those of the"
          + " Primary as soon as there is one. no_path_retry 60: with no path left, I/O waits for"
          + " 60 checks (5 minutes where a path is checked every 5 s) and then fails; until then"
          + " whoever uses"
          + " the disk hangs. `queue` waits for ever, and a host that is to shut down with it."
          + " fast_io_fail_tmo 5: a path whose session is gone is given up after 5 s. There is no"
          + " dev_loss_tmo for iSCSI.";

  /// For `/etc/iscsi/iscsid.conf`.
  public static final String ISCSID =
      """
      node.session.timeo.replacement_timeout = 5
      node.conn[0].timeo.noop_out_interval = 1
      node.conn[0].timeo.noop_out_timeout = 2
      """;

  /// What they cost.
  public static final String ISCSID_NOTE =
      "For /etc/iscsi/iscsid.conf, before the discovery; targets that are known already keep what"
          + " they had. Only together with multipath: a portal that is silent for 3 s (interval and"
          + " timeout) is taken for dead, and 5 s later its commands go to the other path, or wait"
          + " where multipath lets them. With one path alone they fail then: keep"
          + " replacement_timeout at 120 or more. A network that often stalls for 3 s costs logins;"
          + " larger values make each takeover as much longer.";

  private HostSettings() {}
}
