/** The words of the settings in German, for the administrative template. */
import type { SettingKey } from "#shared/settings/setting-catalogue.ts";

/** A setting's words in another language. */
export interface SettingWords {
  readonly title: string;
  readonly explain: string;
}

/** Returns every setting's words; the English ones stand in the catalogue. */
export const germanSettings: Readonly<Record<SettingKey, SettingWords>> = {
  ControllerURL: {
    title: "Adresse des Controllers",
    explain:
      "Der einzige Controller, dem dieser Rechner beitreten darf: https, mit dem Port der Agenten.",
  },
  EnrollmentKey: {
    title: "Beitrittsschlüssel",
    explain:
      "Die Zeichenkette, mit der dieser Rechner beitritt (sie nennt den Controller und seine Wurzel). Der Rechner tritt von selbst bei, der Schlüssel ist damit verbraucht; danach wird der Wert nicht mehr beachtet.",
  },
  RootPins: {
    title: "Fingerabdrücke der Wurzel des Controllers",
    explain:
      "SHA-256 (base64url) des öffentlichen Schlüssels der Wurzel; ein Schlüssel oder eine Identität mit einem anderen wird abgelehnt.",
  },
  AlwaysOn: {
    title: "Immer verbunden",
    explain:
      "Der Tunnel steht, solange der Agent läuft. Niemand kann ihn trennen oder sich abmelden, auch kein Administrator des Rechners, außer `AllowUserDisconnect` ist ebenfalls gesetzt.",
  },
  AllowUserDisconnect: {
    title: "Benutzer dürfen trennen",
    explain:
      "Ob jemand, der kein Administrator ist, den Tunnel trennen oder sich abmelden darf. Geschützte Netze bleiben in jedem Fall geschlossen. Ja, außer `AlwaysOn` ist gesetzt.",
  },
  DisconnectRequiresReason: {
    title: "Trennen braucht einen Grund",
    explain: "Wer den Tunnel trennt, muss sagen warum; der Grund steht danach im Protokoll.",
  },
  ReconnectAfter: {
    title: "Wieder verbinden nach",
    explain:
      "Der Tunnel kommt so lange nach dem Trennen von selbst zurück: eine Zahl von Minuten oder Stunden, wie `30m` oder `8h`.",
  },
  ProxyURL: {
    title: "Proxy",
    explain:
      "Der HTTP-Proxy auf dem Weg zum Controller; er trägt Bytes weiter und sieht keinen Inhalt.",
  },
  PostureChecking: {
    title: "Diesen Rechner prüfen",
    explain:
      "Ob der Zustand dieses Rechners gelesen und gesendet wird. Mit `never` wird nichts mehr gelesen; was gesendet wurde, gilt bis es zu alt ist, und alles, was eine Stufe verlangt, bleibt geschlossen. `always`, wenn nichts gesetzt ist.",
  },
  InstallUpdates: {
    title: "Aktualisierungen installieren",
    explain:
      "Ob neue Versionen von selbst installiert werden, einmal am Tag, von `UpdateURL`: nur unter Linux, anderswo installiert sie Ihre Geräteverwaltung. Genommen wird nur, was die getrennt verwahrten Schlüssel der Quelle unterschrieben haben, und nichts Älteres. Aus, wenn nichts gesetzt ist.",
  },
  UpdateURL: {
    title: "Quelle der Aktualisierungen",
    explain:
      "Eine TUF-Quelle mit `metadata/` und `targets/`; ihre ersten Wurzeldaten sind `/etc/sallyport/update-root.json` und kommen von root. Kein Controller kann eines von beiden setzen.",
  },
  UpdateChannel: {
    title: "Kanal der Aktualisierungen",
    explain: "Welchem Kanal der Quelle gefolgt wird; `stable`, wenn nichts gesetzt ist.",
  },
  HideTray: {
    title: "Symbol verbergen",
    explain: "Kein Symbol in der Leiste; Hinweise, Statusseite und Befehlszeile bleiben.",
  },
  LogLevel: {
    title: "Umfang des Protokolls",
    explain: "Wie viel der Agent in sein Protokoll schreibt.",
  },
  SupportURL: {
    title: "Hilfe",
    explain: "Wo Menschen Hilfe finden: steht neben allem, was geschlossen oder gesperrt ist.",
  },
  ManagedByOrganizationName: {
    title: "Organisation",
    explain: "Der Name, der bei gesperrten Einstellungen als Eigentümer steht.",
  },
};
