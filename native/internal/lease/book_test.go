package lease_test

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/lease"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

const (
	second = time.Second
	start  = 1_000_000 * second // the controller's time at the start of each test
)

// at is a moment so many seconds after the start; both clocks agree.
func at(seconds float64) lease.Moment {
	step := time.Duration(seconds * float64(second))
	return lease.Moment{Controller: start + step, Monotonic: time.Hour + step}
}

// grant gives a grant of one device, signed so many seconds after the start.
func grant(device int, jti string, issued int64) lease.Candidate {
	base := int64(start/second) + issued
	return lease.Candidate{
		Digest: sha256.Sum256([]byte(jti)),
		Grant: object.Grant{
			JTI: jti, Subject: fmt.Sprintf("device %d", device), Version: 1, IssuedAt: base,
			ExpiresAt: base + 3600, LeaseSeconds: 120, ToleranceSeconds: 900,
			Addresses: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 96, 1, byte(device)}),
				32)},
			Access: []object.Access{{Resource: "r1", ExpiresAt: base + 3600}, {Resource: "r2",
				ExpiresAt: base + 60}},
		},
	}
}

func list(issuedAt float64, jtis ...string) object.LeaseList {
	return object.LeaseList{
		IssuedAtMicros: int64(start/time.Microsecond) + int64(issuedAt*1e6), ForSeconds: 120, JTIs: jtis}
}

func mustRenew(t *testing.T, book *lease.Book, issuedAt float64, jtis ...string) ports.Change {
	t.Helper()
	change, _, err := book.Renew(list(issuedAt, jtis...), at(issuedAt))
	if err != nil {
		t.Fatal(err)
	}
	return change
}

func mustAdd(t *testing.T, book *lease.Book, now lease.Moment,
	candidates ...lease.Candidate) ports.Change {
	t.Helper()
	change, rejections := book.Apply(candidates, nil, now)
	if len(rejections) > 0 {
		t.Fatalf("rejected: %+v", rejections)
	}
	return change
}

func liveOf(book *lease.Book, now lease.Moment) map[string]time.Duration {
	live := map[string]time.Duration{}
	for _, held := range book.Held(now) {
		live[held.Grant.JTI] = held.Live
	}
	return live
}

func expectLive(t *testing.T, book *lease.Book, now lease.Moment, want map[string]time.Duration) {
	t.Helper()
	if got := liveOf(book, now); !reflect.DeepEqual(got, want) {
		t.Fatalf("live %v, want %v", got, want)
	}
}

type lives = map[string]time.Duration

func TestGrantCarriesWhatIsLeftOfItsTimes(t *testing.T) {
	book := lease.NewBook()
	change := mustAdd(t, book, at(50), grant(1, "a", 0))
	upsert := change.Upsert[0]
	want := map[string]time.Duration{"r1": 3550 * second, "r2": 10 * second}
	if upsert.Live != 70*second || upsert.KeepLive || !reflect.DeepEqual(upsert.Ends, want) {
		t.Fatalf("%+v", upsert)
	}
	late := mustAdd(t, book, at(70), grant(2, "b", 0)).Upsert[0]
	if _, ended := late.Ends["r2"]; ended {
		t.Fatalf("an ended access was opened: %+v", late.Ends)
	}
}

func TestLeaseEndsAtTheSignedTimeHoweverLateItArrives(t *testing.T) {
	book := lease.NewBook()
	mustAdd(t, book, at(0), grant(1, "a", 0))
	if _, _, err := book.Renew(list(60, "a"), at(100)); err != nil {
		t.Fatal(err)
	}
	expectLive(t, book, at(100), lives{"a": 80 * second})
}

func TestLeaseIsNeverLongerThanTheGrantSays(t *testing.T) {
	book := lease.NewBook()
	sensitive := grant(1, "a", 0)
	sensitive.Grant.LeaseSeconds = 30
	short := grant(2, "b", 0)
	short.Grant.ExpiresAt = short.Grant.IssuedAt + 50
	mustAdd(t, book, at(0), sensitive, short)
	expectLive(t, book, at(0), lives{"a": 30 * second, "b": 50 * second})
	mustRenew(t, book, 20, "a", "b")
	expectLive(t, book, at(20), lives{"a": 30 * second, "b": 30 * second})
}

func TestListsMoveForwardOnly(t *testing.T) {
	book := lease.NewBook()
	mustAdd(t, book, at(0), grant(1, "a", 0))
	mustRenew(t, book, 10, "a")
	for _, issued := range []float64{10, 9.999} {
		_, _, err := book.Renew(list(issued, "a"), at(11))
		if fault.From(err).Code != fault.Conflict {
			t.Fatalf("list of %v: %v", issued, err)
		}
	}
	change, count, err := book.Renew(list(12, "a", "a", "nobody"), at(12))
	if err != nil || count != (lease.Renewed{Renewed: 1, Unknown: 2}) || len(change.Renew) != 1 {
		t.Fatalf("%+v %+v %v", change, count, err)
	}
}

func TestStaleListDoesNotCountAsSeen(t *testing.T) {
	book := lease.NewBook()
	if _, _, err := book.Renew(list(10), at(130)); fault.From(err).Code != fault.Conflict {
		t.Fatalf("a list without time left was taken: %v", err)
	}
	mustRenew(t, book, 11)
}

func TestReplacementKeepsTheLongerLease(t *testing.T) {
	book := lease.NewBook()
	mustAdd(t, book, at(0), grant(1, "a", 0))
	mustRenew(t, book, 100, "a") // lives until 220
	next := grant(1, "b", 90)    // its own first lease ends at 210
	next.Grant.Version = 2
	change := mustAdd(t, book, at(110), next)
	if upsert := change.Upsert[0]; !upsert.KeepLive || upsert.Former == nil ||
		upsert.Former.JTI != "a" {
		t.Fatalf("%+v", upsert)
	}
	expectLive(t, book, at(110), lives{"b": 110 * second})
	fresh := grant(1, "c", 120)
	fresh.Grant.Version = 3
	if upsert := mustAdd(t, book, at(120), fresh).Upsert[0]; upsert.KeepLive ||
		upsert.Live != 120*second {
		t.Fatalf("%+v", upsert)
	}
}

func TestNewSessionOfADeviceReplacesTheOld(t *testing.T) {
	book := lease.NewBook()
	old := grant(1, "a", 10)
	old.Grant.Session, old.Grant.Version = "ses_1", 7
	mustAdd(t, book, at(10), old)
	stale := grant(1, "b", 9)
	stale.Grant.Session = "ses_0"
	if _, rejections := book.Apply([]lease.Candidate{stale}, nil, at(11)); len(rejections) != 1 {
		t.Fatal("a grant of an older session replaced a newer one")
	}
	next := grant(1, "c", 11)
	next.Grant.Session = "ses_2"
	mustAdd(t, book, at(11), next)
	expectLive(t, book, at(11), lives{"c": 120 * second})
}

func TestExpiredGrantGoesByItself(t *testing.T) {
	book := lease.NewBook()
	mustAdd(t, book, at(0), grant(1, "a", 0))
	if change := book.Tick(false, at(3599.9)); len(change.Remove) != 0 {
		t.Fatal("removed too early")
	}
	if change := book.Tick(false, at(3600)); len(change.Remove) != 1 || book.Size() != 0 {
		t.Fatalf("%+v", change)
	}
	_, rejections := book.Apply([]lease.Candidate{grant(1, "b", 0)}, nil, at(3606))
	if len(rejections) != 1 {
		t.Fatal("an expired grant was taken")
	}
}

func TestSnapshotRefusesTwoGrantsOfOneDevice(t *testing.T) {
	book := lease.NewBook()
	second := grant(1, "b", 0)
	second.Grant.Version = 2
	change, rejections := book.Replace([]lease.Candidate{grant(1, "a", 0), second}, at(0))
	if len(rejections) != 1 || len(change.Upsert) != 1 || book.Size() != 1 {
		t.Fatalf("%+v %+v", change, rejections)
	}
}

func TestSnapshotKeepsKnownLeasesAndDropsTheRest(t *testing.T) {
	book := lease.NewBook()
	mustAdd(t, book, at(0), grant(1, "a", 0), grant(2, "b", 0))
	change, _ := book.Replace([]lease.Candidate{grant(1, "a", 0), grant(3, "c", 5)}, at(10))
	if !change.Replace || len(change.Remove) != 1 || change.Remove[0].Grant.JTI != "b" {
		t.Fatalf("%+v", change)
	}
	if known := change.Upsert[0]; !known.KeepLive {
		t.Fatalf("%+v", known)
	}
	expectLive(t, book, at(10), lives{"a": 110 * second, "c": 115 * second})
}

func TestSnapshotOfTheSameGrantTwiceIsOneGrant(t *testing.T) {
	book := lease.NewBook()
	_, rejections := book.Replace([]lease.Candidate{grant(1, "a", 0), grant(1, "a", 0)}, at(0))
	if len(rejections) != 1 || book.Size() != 1 {
		t.Fatalf("%+v", rejections)
	}
}

func TestPartsOfASnapshotComeInAnyOrderAfterTheFirst(t *testing.T) {
	part := func(number int, items ...string) lease.Part[string] {
		return lease.Part[string]{Epoch: "e", Part: number, Parts: 3, Hash: "h", Items: items}
	}
	assembly := &lease.Assembly[string]{}
	add := func(some lease.Part[string]) ([]string, bool) {
		t.Helper()
		tokens, complete, err := assembly.Add(some)
		if err != nil {
			t.Fatal(err)
		}
		return tokens, complete
	}
	add(part(1, "lost"))
	add(part(2, "lost too"))
	add(part(1, "a")) // a new connection starts anew
	add(part(3, "c"))
	if _, _, err := assembly.Add(part(3, "c")); err == nil {
		t.Fatal("a part came twice unnoticed")
	}
	tokens, complete := add(part(2, "b"))
	if !complete || !reflect.DeepEqual(tokens, []string{"a", "b", "c"}) {
		t.Fatalf("%v %v", tokens, complete)
	}
	if _, _, err := assembly.Add(part(4)); err == nil {
		t.Fatal("part 4 of 3 was taken")
	}
}

func TestHashIsTheOneOfTheInterface(t *testing.T) {
	sum := sha256.Sum256([]byte("a 1\nb 2\n"))
	got := lease.Hash([]lease.Named{{JTI: "b", ExpiresAt: 2}, {JTI: "a", ExpiresAt: 1}})
	if got != fmt.Sprintf("%x", sum) {
		t.Fatal(got)
	}
}

func TestGrantsOfAKilledKeyGo(t *testing.T) {
	book := lease.NewBook()
	stolen, sound := grant(1, "a", 0), grant(2, "b", 0)
	stolen.Kid, sound.Kid = "stolen", "sound"
	mustAdd(t, book, at(0), stolen, sound)
	change := book.Revoke([]string{"stolen"}, at(1))
	if len(change.Remove) != 1 || change.Remove[0].Grant.JTI != "a" || book.Size() != 1 {
		t.Fatalf("%+v", change)
	}
	if _, rejections := book.Apply([]lease.Candidate{stolen}, nil, at(2)); len(rejections) != 1 {
		t.Fatal("a revoked grant came back")
	}
}

func TestMemoryOfEndedGrantsIsBounded(t *testing.T) {
	book := lease.NewBook()
	removals := make([]string, 140_000)
	for index := range removals {
		removals[index] = fmt.Sprintf("j%d", index)
	}
	// The oldest memories go first, so the last removal is remembered.
	book.Apply(nil, removals[:131_073], at(0))
	last := grant(1, removals[131_072], 0)
	if _, rejections := book.Apply([]lease.Candidate{last}, nil, at(0)); len(rejections) != 1 {
		t.Fatal("the newest removal was forgotten")
	}
}
