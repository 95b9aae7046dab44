package org.posthorn.app.cli;

import java.util.List;
import java.util.function.Supplier;
import org.posthorn.app.bench.BenchCommand;

/// What comes after `posthorn`, in the order of the help. Lambdas, not `X::new`: those load all
/// commands with what they need, and commands that only ask a server have not all on their class
/// path.
record Subcommand(String name, Supplier<Object> create) {
  static final List<Subcommand> ALL =
      List.of(
          new Subcommand("start", () -> new StartCommand()),
          new Subcommand("stop", () -> new StopCommand()),
          new Subcommand("status", () -> new StatusCommand()),
          new Subcommand("reload", () -> new ReloadCommand()),
          new Subcommand("config", () -> new ConfigCommand()),
          new Subcommand("chain", () -> new ChainCommand()),
          new Subcommand("mailet", () -> new MailetCommand()),
          new Subcommand("plugin", () -> new PluginCommand()),
          new Subcommand("domain", () -> new DomainCommand()),
          new Subcommand("user", () -> new UserCommand()),
          new Subcommand("login", () -> new LoginCommand()),
          new Subcommand("alias", () -> new AliasCommand()),
          new Subcommand("group", () -> new GroupCommand()),
          new Subcommand("list", () -> new ListCommand()),
          new Subcommand("mailbox", () -> new MailboxCommand()),
          new Subcommand("history", () -> new HistoryCommand()),
          new Subcommand("import", () -> new ImportCommand()),
          new Subcommand("export", () -> new ExportCommand()),
          new Subcommand("restore", () -> new RestoreCommand()),
          new Subcommand("undelete", () -> new UndeleteCommand()),
          new Subcommand("queue", () -> new QueueCommand()),
          new Subcommand("repository", () -> new RepositoryCommand()),
          new Subcommand("trace", () -> new TraceCommand()),
          new Subcommand("dkim", () -> new DkimCommand()),
          new Subcommand("dns", () -> new DnsCommand()),
          new Subcommand("tls", () -> new TlsCommand()),
          new Subcommand("dmarc", () -> new DmarcCommand()),
          new Subcommand("space", () -> new SpaceCommand()),
          new Subcommand("index", () -> new IndexCommand()),
          new Subcommand("verify", () -> new VerifyCommand()),
          new Subcommand("backup", () -> new BackupCommand()),
          new Subcommand("salvage", () -> new SalvageCommand()),
          new Subcommand("key", () -> new KeyCommand()),
          new Subcommand("demo", () -> new DemoCommand()),
          new Subcommand("bench", () -> new BenchCommand()),
          new Subcommand("version", () -> new VersionCommand()));
}
