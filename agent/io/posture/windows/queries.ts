/**
 * The PowerShell queries, each printing one line of JSON made of casts: raw CIM objects drag noise
 * along and differ between versions. Constants only.
 */

/** Prints an expression as one line of JSON. */
export const json = (expression: string) =>
  `ConvertTo-Json -Compress -Depth 4 -InputObject (${expression})`;
const currentVersion = "HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
const windowsUpdate = "HKLM:\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate\\AU";

/** Build and revision; `ProductName` is wrong on Windows 11. */
export const releaseQuery =
  `$v=Get-ItemProperty '${currentVersion}';` +
  json(
    "[pscustomobject]@{CurrentBuildNumber=[string]$v.CurrentBuildNumber;UBR=[int]$v.UBR;InstallationType=[string]$v.InstallationType;" +
      "UptimeHours=[int][Math]::Floor(((Get-Date)-(Get-CimInstance Win32_OperatingSystem).LastBootUpTime).TotalHours)}",
  );

/** Keys that exist while a restart is due. */
export const rebootQuery = json(
  "[pscustomobject]@{" +
    "ComponentServicing=[bool](Test-Path 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending');" +
    "WindowsUpdate=[bool](Test-Path 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired')}",
);

/** Offline search: what Windows Update already knows. */
export const updatesQuery =
  "$s=(New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher();$s.Online=$false;" +
  `$r=$s.Search("IsInstalled=0 and IsHidden=0 and Type='Software'");` +
  "$d=(New-Object -ComObject Microsoft.Update.AutoUpdate).Results.LastSearchSuccessDate;" +
  "$h=if($d -and $d.Year -gt 2000){[int][Math]::Floor(([DateTime]::UtcNow-$d).TotalHours)}else{$null};" +
  json(
    "[pscustomobject]@{ResultCode=[int]$r.ResultCode;LastSearchAgeHours=$h;" +
      "Updates=@($r.Updates|ForEach-Object{[pscustomobject]@{Categories=@($_.Categories|ForEach-Object{[string]$_.CategoryID})}})}",
  );

/** Services, policy and pause of automatic updates. */
export const autoUpdateQuery =
  "$s=@(Get-Service wuauserv,UsoSvc|Where-Object{[int]$_.StartType -eq 4}).Count -eq 0;" +
  `$p=Get-ItemProperty '${windowsUpdate}' -ErrorAction SilentlyContinue;` +
  "$u=Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\WindowsUpdate\\UX\\Settings' -ErrorAction SilentlyContinue;" +
  "$z=[bool]($u.PauseUpdatesExpiryTime -and [DateTime]::Parse($u.PauseUpdatesExpiryTime,[Globalization.CultureInfo]::InvariantCulture) -gt [DateTime]::UtcNow);" +
  json("[pscustomobject]@{ServicesEnabled=[bool]$s;NoAutoUpdate=$p.NoAutoUpdate;Paused=$z}");

/** BitLocker by its methods: the cached property was seen to lie. */
export const bitLockerQuery =
  "$n='root\\CIMV2\\Security\\MicrosoftVolumeEncryption';" +
  json(
    "@(Get-CimInstance -Namespace $n -ClassName Win32_EncryptableVolume|ForEach-Object{" +
      "$p=Invoke-CimMethod -InputObject $_ -MethodName GetProtectionStatus;" +
      "$c=Invoke-CimMethod -InputObject $_ -MethodName GetConversionStatus;" +
      "[pscustomobject]@{VolumeType=[int]$_.VolumeType;ProtectionStatus=[int]$p.ProtectionStatus;" +
      "ConversionStatus=[int]$c.ConversionStatus;EncryptionPercentage=[int]$c.EncryptionPercentage}})",
  );

/** Effective firewall profiles and the services behind them. */
export const firewallQuery =
  "$s=@{};foreach($n in 'mpssvc','BFE'){$s[$n]=([int](Get-Service $n).Status -eq 4)};" +
  json(
    "[pscustomobject]@{Profiles=@(Get-NetFirewallProfile -PolicyStore ActiveStore|ForEach-Object{" +
      "[pscustomobject]@{Name=[string]$_.Name;Enabled=[int]$_.Enabled;DefaultInboundAction=[int]$_.DefaultInboundAction}});Services=$s}",
  );

/** Secure Boot; without the key the firmware is asked, which names a machine without UEFI. */
export const secureBootQuery =
  "$k=Get-ItemProperty 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecureBoot\\State' -ErrorAction SilentlyContinue;" +
  "if($k -and $k.UEFISecureBootEnabled -ne $null){" +
  json("[pscustomobject]@{UEFISecureBootEnabled=[int]$k.UEFISecureBootEnabled}") +
  "}else{try{$b=Confirm-SecureBootUEFI;" +
  json("[pscustomobject]@{UEFISecureBootEnabled=[int][bool]$b}") +
  "}catch [PlatformNotSupportedException]{" +
  json("[pscustomobject]@{legacyBios=$true}") +
  "}}";

/** TPM instances. */
export const tpmQuery = json(
  "@(Get-CimInstance -Namespace 'root\\cimv2\\Security\\MicrosoftTpm' -ClassName Win32_Tpm|ForEach-Object{" +
    "[pscustomobject]@{SpecVersion=[string]$_.SpecVersion}})",
);

/** Members of the administrators' group, by its SID: the name is translated. */
export const adminsQuery = json(
  "@(Get-LocalGroupMember -SID 'S-1-5-32-544'|ForEach-Object{[string]$_.SID.Value})",
);

/** Inactivity limit of the machine, and the screen saver of each user whose hive is loaded. */
export const screenQuery =
  "$m=(Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System' -ErrorAction SilentlyContinue).InactivityTimeoutSecs;" +
  "$u=@(Get-ChildItem 'Registry::HKEY_USERS'|Where-Object{$_.PSChildName -match '^S-1-5-21-[0-9-]+$'}|ForEach-Object{" +
  "$d=Get-ItemProperty ($_.PSPath+'\\Control Panel\\Desktop') -ErrorAction SilentlyContinue;" +
  "[pscustomobject]@{Active=[string]$d.ScreenSaveActive;Secure=[string]$d.ScreenSaverIsSecure;TimeOut=[string]$d.ScreenSaveTimeOut}});" +
  json("[pscustomobject]@{InactivityTimeoutSecs=$m;Users=$u}");

/** Listening sockets that are not on loopback. */
export const portsQuery = json(
  "@(@(Get-NetTCPConnection -State Listen|Where-Object{$_.LocalAddress -notin '127.0.0.1','::1'}|ForEach-Object{'tcp/'+$_.LocalPort})+" +
    "@(Get-NetUDPEndpoint|Where-Object{$_.LocalAddress -notin '127.0.0.1','::1'}|ForEach-Object{'udp/'+$_.LocalPort})|Sort-Object -Unique)",
);

/** Defender's own state (a stopped service is a fact) and the Security Center, which servers lack. */
export const protectionQuery =
  "$d=$null;try{$m=Get-CimInstance -Namespace root\\Microsoft\\Windows\\Defender -ClassName MSFT_MpComputerStatus;" +
  "$d=[pscustomobject]@{AMServiceEnabled=[bool]$m.AMServiceEnabled;RealTimeProtectionEnabled=[bool]$m.RealTimeProtectionEnabled;" +
  "AMRunningMode=[string]$m.AMRunningMode;AntivirusSignatureAge=[long]$m.AntivirusSignatureAge;EngineVersion=[string]$m.AMEngineVersion;ComputerState=[long]$m.ComputerState}" +
  "}catch{if($_.Exception.HResult -eq -2147023174 -or $_.FullyQualifiedErrorId -match '0x800106ba'){$d=[pscustomobject]@{stopped=$true}}};" +
  "$c=$null;try{$c=@(Get-CimInstance -Namespace root\\SecurityCenter2 -ClassName AntiVirusProduct|ForEach-Object{[pscustomobject]@{productState=[long]$_.productState}})}catch{};" +
  "$o=$null;if(Get-Service Sense -ErrorAction SilentlyContinue|Where-Object{[int]$_.Status -eq 4}){" +
  "$s=Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows Advanced Threat Protection\\Status' -ErrorAction SilentlyContinue;" +
  "$h=if($s.LastConnected){[int][Math]::Floor(([DateTime]::UtcNow-[DateTime]::FromFileTimeUtc([long]$s.LastConnected)).TotalHours)}else{$null};" +
  "$o=[pscustomobject]@{OnboardingState=$s.OnboardingState;LastConnectedHours=$h}};" +
  "$p=$null;$k=Get-ItemProperty 'HKLM:\\SOFTWARE\\WOW6432Node\\Sophos\\Health\\Status' -ErrorAction SilentlyContinue;" +
  "if($k){$p=[pscustomobject]@{health=$k.health}};" +
  json("[pscustomobject]@{Products=$c;Defender=$d;Onboarding=$o;Sophos=$p}");
