package io.lockstep.world;

import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Verb;
import io.lockstep.control.verb.Answer;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A command of an administrator, or of a host that changes what both nodes keep, as it goes to a
/// Primary and as it changes what is promised.
sealed interface Act {
  /// Asks for it at a node that serves.
  void ask(NodeLife at, Consumer<Answer> done);

  /// What there is after it, if it was done; nothing changes if it could not be.
  void apply(Promised promised);

  /// For the count of commands.
  default String name() {
    return getClass().getSimpleName();
  }

  record CreateVolume(String volume, long bytes) implements Act {
    @Override
    public void ask(NodeLife at, Consumer<Answer> done) {
      at.handlers()
          .of(Requests.CREATE_VOLUME)
          .handle("", new Requests.CreateVolume(volume, bytes), done);
    }

    @Override
    public void apply(Promised promised) {
      promised.create(volume, bytes);
    }
  }

  record ResizeVolume(String volume, long bytes) implements Act {
    @Override
    public void ask(NodeLife at, Consumer<Answer> done) {
      at.handlers()
          .of(Requests.RESIZE_VOLUME)
          .handle(volume, new Requests.ResizeVolume(bytes, true), done);
    }

    @Override
    public void apply(Promised promised) {
      promised.change(volume, was -> was.withSize(bytes));
    }
  }

  record RenameVolume(String volume, String newName) implements Act {
    @Override
    public void ask(NodeLife at, Consumer<Answer> done) {
      at.handlers()
          .of(Requests.RENAME_VOLUME)
          .handle(volume, new Requests.RenameVolume(newName), done);
    }

    @Override
    public void apply(Promised promised) {
      promised.rename(volume, newName);
    }
  }

  record DeleteVolume(String volume) implements Act {
    @Override
    public void ask(NodeLife at, Consumer<Answer> done) {
      at.handlers().of(Requests.DELETE_VOLUME).handle(volume, new Verb.Nothing(), done);
    }

    @Override
    public void apply(Promised promised) {
      promised.delete(volume);
    }
  }

  /// @param target null: as before, or one of its own
  /// @param lun null: as before, or the first that is free
  record CreateExport(String volume, @Nullable String target, @Nullable Integer lun)
      implements Act {
    @Override
    public void ask(NodeLife at, Consumer<Answer> done) {
      at.handlers()
          .of(Requests.CREATE_EXPORT)
          .handle("", new Requests.CreateExport(volume, List.of(), target, lun, null, null), done);
    }

    @Override
    public void apply(Promised promised) {
      promised.change(volume, was -> was.withExported(true));
    }
  }

  record ChangeExport(String volume, boolean writeCache) implements Act {
    @Override
    public void ask(NodeLife at, Consumer<Answer> done) {
      at.handlers()
          .of(Requests.CHANGE_EXPORT)
          .handle(volume, Requests.ChangeExport.writeCache(writeCache), done);
    }

    @Override
    public void apply(Promised promised) {
      promised.change(volume, was -> was.exported() ? was.withWriteCache(writeCache) : was);
    }
  }

  /// A host's, by MODE SELECT.
  record SelectWriteCache(String volume, boolean writeCache) implements Act {
    @Override
    public void ask(NodeLife at, Consumer<Answer> done) {
      at.modes().select(volume, writeCache, done);
    }

    @Override
    public void apply(Promised promised) {
      promised.change(volume, was -> was.exported() ? was.withWriteCache(writeCache) : was);
    }
  }

  record DeleteExport(String volume) implements Act {
    @Override
    public void ask(NodeLife at, Consumer<Answer> done) {
      at.handlers().of(Requests.DELETE_EXPORT).handle(volume, new Verb.Nothing(), done);
    }

    @Override
    public void apply(Promised promised) {
      promised.change(volume, was -> was.withExported(false));
    }
  }

  /// @param volume that of the job, while no other command is under way
  /// @param creates whether the job makes it
  record CancelJob(String id, String volume, boolean creates) implements Act {
    @Override
    public void ask(NodeLife at, Consumer<Answer> done) {
      at.handlers().of(Requests.CANCEL_JOB).handle(id, new Requests.CancelJob(null), done);
    }

    @Override
    public void apply(Promised promised) {
      if (creates) {
        promised.delete(volume);
      } else {
        promised.change(volume, was -> was.withSize(Promised.ANY_SIZE));
      }
    }
  }
}
