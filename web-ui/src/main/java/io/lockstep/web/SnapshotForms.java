package io.lockstep.web;

import io.javalin.http.Context;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.client.Sizes;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// What happens behind the forms about snapshots on a volume's page.
///
/// @param forms who carries changes out
record SnapshotForms(Forms forms) {
  Optional<Problem> take(Context context) {
    VolumeAddress volume = VolumeAddress.of(context);
    String name = Forms.field(context, "snapshotName").strip();
    String room = Forms.field(context, "room").strip();
    OptionalLong bytes = Sizes.parse(room);
    if (!room.isEmpty() && bytes.isEmpty()) {
      return Optional.of(
          new Problem(400, "The size was not understood", "`" + room + "` is no size", Sizes.HINT));
    }
    @Nullable Long wanted = room.isEmpty() ? null : Long.valueOf(bytes.getAsLong());
    return forms.change(
        context,
        "take snapshot " + name + " of volume " + volume.called(),
        client -> client.takeSnapshot(volume.called(), new Requests.TakeSnapshot(name, wanted)));
  }

  Optional<Problem> rollBack(Context context) {
    VolumeAddress volume = VolumeAddress.of(context);
    String snapshot = Forms.field(context, "rollbackTo").strip();
    if (!Forms.field(context, "confirmRollback").strip().equals(volume.name())) {
      return Optional.of(
          new Problem(
              409,
              "Volume " + volume.called() + " was not put back",
              "its name was not typed to confirm",
              "type " + volume.name() + " in the field beside the button"));
    }
    return forms.change(
        context,
        "put volume " + volume.called() + " back to snapshot " + snapshot,
        client -> client.rollBack(volume.called(), snapshot));
  }
}
