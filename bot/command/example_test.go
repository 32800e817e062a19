package command_test

import (
	"errors"
	"fmt"

	"cloudpc-bot/bot/command"
)

func ExampleParse() {
	order, err := command.Parse("CPC–ada OS=11 account=“standard user” reason=‘won’t start’")
	fmt.Println(order, err)
	// Output: CPC-ada os=windows11 account=standardUser reason="won’t start" <nil>
}

func ExampleParse_slack() {
	order, _ := command.Parse("<http://pc1.corp.example.com|pc1.corp.example.com> reason=R&amp;D")
	fmt.Println(order.PC, order.Reason)
	// Output: pc1.corp.example.com R&D
}

func ExampleParse_verbs() {
	for _, typed := range []string{"cancel r–7k3f", "Status 7k3f", "freeze it’s Intune", "LIST"} {
		order, err := command.Parse(typed)
		fmt.Println(order, err)
	}
	// Output:
	// cancel R-7K3F <nil>
	// status R-7K3F <nil>
	// freeze "it’s Intune" <nil>
	// list <nil>
}

func ExampleError() {
	_, err := command.Parse("CPC-ada acount=admin")
	var e *command.Error
	if errors.As(err, &e) {
		fmt.Println(e.Problem, e.Got, e.Want, e.Nearest)
	}
	// Output: unknown key acount [os account reason notify] account
}

func ExampleError_Pointer() {
	_, err := command.Parse("CPC-ada os=windows 11")
	var e *command.Error
	if errors.As(err, &e) {
		fmt.Println(e.Pointer())
	}
	// Output:
	// CPC-ada os=windows 11
	//            ^^^^^^^^^^
}

func ExampleOrder_ByID() {
	for _, typed := range []string{"{4B5AD5E0-6A0B-4FFC-818D-36BB23CF4DBD}", "CPC-ada"} {
		order, _ := command.Parse(typed)
		fmt.Println(order.PC, order.ByID())
	}
	// Output:
	// 4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd true
	// CPC-ada false
}
