package org.posthorn.app.cli;

import java.util.List;
import java.util.function.Supplier;
import org.posthorn.app.bench.BenchCommand;

/// What comes after `posthorn`, in the order of the help.
record Subcommand(String name, Supplier<Object> create) {
  static final List<Subcommand> ALL =
      List.of(
          new Subcommand("start", StartCommand::new),
          new Subcommand("stop", StopCommand::new),
          new Subcommand("status", StatusCommand::new),
          new Subcommand("reload", ReloadCommand::new),
          new Subcommand("config", ConfigCommand::new),
          new Subcommand("domain", DomainCommand::new),
          new Subcommand("user", UserCommand::new),
          new Subcommand("alias", AliasCommand::new),
          new Subcommand("mailbox", MailboxCommand::new),
          new Subcommand("history", HistoryCommand::new),
          new Subcommand("import", ImportCommand::new),
          new Subcommand("export", ExportCommand::new),
          new Subcommand("restore", RestoreCommand::new),
          new Subcommand("undelete", UndeleteCommand::new),
          new Subcommand("queue", QueueCommand::new),
          new Subcommand("space", SpaceCommand::new),
          new Subcommand("index", IndexCommand::new),
          new Subcommand("verify", VerifyCommand::new),
          new Subcommand("backup", BackupCommand::new),
          new Subcommand("salvage", SalvageCommand::new),
          new Subcommand("demo", DemoCommand::new),
          new Subcommand("bench", BenchCommand::new),
          new Subcommand("version", VersionCommand::new));
}
